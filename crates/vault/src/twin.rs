//! A phone's vault has two database files, whatever is in them: nobody who sees the files can tell whether there is a
//! second vault.
//!
//! Both have random names and one size, which grows in steps. The one that is open fills its steps with free pages, which
//! SQLCipher encrypts like all others (`secure_delete` makes sure that each is written); the other one is another vault,
//! or random bytes, and is lengthened by random bytes. Its own session turns those into free pages at its next start.
//! When a vault is locked, all files get one time.

use std::{
    fs::{self, File},
    io::{self, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use amana_crypto::{Random as _, SystemRandom};
use rusqlite::Connection;

use crate::{
    VaultError,
    attempts::ATTEMPTS,
    header::{HEADER, sync_dir},
    open::hex,
};

/// Bytes of a page.
pub(crate) const PAGE: u64 = 4096;
/// SQLite leaves the page with this byte out: in a file of random bytes it would stand out as zeros.
const PENDING: u64 = 0x4000_0000;
/// A database in the making; what is left of one is taken away.
pub(crate) const MAKING: &str = "making.db";
/// A header in the making.
pub(crate) const NEW_HEADER: &str = "header.new";
/// Content of one overflow page: SQLCipher keeps 80 bytes of each page, SQLite four.
const OVERFLOW: u64 = PAGE - 80 - 4;
/// Fewest pages that the filling table takes.
const LEAST_FILL: u64 = 4;

/// The two files of an open phone vault. Dropped after the connection: then the times are set.
pub(crate) struct Twin {
    dir: PathBuf,
    own: PathBuf,
    other: PathBuf,
    step: u64,
    /// Pages of the own file when it was last known to be whole steps.
    pages: u64,
}

impl Twin {
    /// Makes both files whole: the other one is there, both have one size, the open one in whole steps. What was cut
    /// short before is finished.
    pub(crate) fn settle(
        dir: &Path,
        own: &Path,
        step: u64,
        connection: &mut Connection,
    ) -> Result<Self, VaultError> {
        crate::attempts::ensure(dir)?;
        clear(dir)?;
        // A journal that a killed process left.
        checkpoint(connection)?;
        let other = match find_other(dir, own)? {
            Some(other) => other,
            None => make_other(dir, fs::metadata(own)?.len())?,
        };
        let mut twin = Self { dir: dir.to_owned(), own: own.to_owned(), other, step, pages: 0 };
        let length = fs::metadata(&twin.own)?.len().max(fs::metadata(&twin.other)?.len());
        let transaction = connection.transaction()?;
        let grown = twin.grow(&transaction, length)?;
        transaction.commit()?;
        if grown {
            checkpoint(connection)?;
        }
        twin.level(connection)?;
        Ok(twin)
    }

    /// Fills the last step with free pages, up to `least` bytes at least. True if the file grew.
    pub(crate) fn grow(&mut self, tx: &Connection, least: u64) -> Result<bool, VaultError> {
        let pages = count(tx, "page_count")?;
        if pages == self.pages && pages * PAGE >= least {
            return Ok(false);
        }
        self.pages = Self::fill_to(tx, self.step, least)?;
        Ok(pages < self.pages)
    }

    /// Fills a database to whole steps, `least` bytes at least; the pages that it has then.
    pub(crate) fn fill_to(tx: &Connection, step: u64, least: u64) -> Result<u64, VaultError> {
        let pages = count(tx, "page_count")?;
        let mut target = (pages * PAGE).max(least).next_multiple_of(step) / PAGE;
        if pages < target && target - pages < LEAST_FILL {
            target += step / PAGE;
        }
        if pages < target {
            fill(tx, target)?;
        }
        Ok(target)
    }

    /// After what grew is durable: the other file follows.
    pub(crate) fn level(&self, connection: &Connection) -> Result<(), VaultError> {
        if fs::metadata(&self.own)?.len() < self.pages * PAGE {
            checkpoint(connection)?;
        }
        let length = fs::metadata(&self.own)?.len();
        lengthen(&self.other, length)?;
        cover_pending(&self.own, length)?;
        Ok(())
    }

    /// Forgets what it knows of the size: the transaction that grew was undone.
    pub(crate) fn undone(&mut self) {
        self.pages = 0;
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }
    pub(crate) fn other(&self) -> &Path {
        &self.other
    }
    pub(crate) fn step(&self) -> u64 {
        self.step
    }
    pub(crate) fn length(&self) -> u64 {
        self.pages * PAGE
    }
}

impl Drop for Twin {
    fn drop(&mut self) {
        // Best effort: the next start sets them too.
        let _ = set_times(&self.dir);
    }
}

/// Empties the journal into the database.
pub(crate) fn checkpoint(connection: &Connection) -> Result<(), VaultError> {
    Ok(connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

fn count(connection: &Connection, pragma: &str) -> Result<u64, VaultError> {
    let pages: i64 = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
    u64::try_from(pages).map_err(|_| VaultError::Damaged)
}

/// Takes pages into the database until it has `target` of them, and frees them.
fn fill(tx: &Connection, target: u64) -> Result<(), VaultError> {
    tx.execute_batch("CREATE TABLE filling (content BLOB)")?;
    loop {
        let missing = target.checked_sub(count(tx, "page_count")?).ok_or(VaultError::Row)?;
        if missing == 0 {
            break;
        }
        // One row of n times OVERFLOW bytes takes n pages besides the one it begins in; free ones first.
        let pages = (missing + count(tx, "freelist_count")?).min(100_000);
        let bytes = i64::try_from(pages * OVERFLOW).map_err(|_| VaultError::Row)?;
        tx.execute("INSERT INTO filling VALUES (zeroblob(?))", [bytes])?;
    }
    tx.execute_batch("DROP TABLE filling")?;
    Ok(())
}

/// What a killed process left half made.
fn clear(dir: &Path) -> io::Result<()> {
    for name in
        [MAKING.to_owned(), format!("{MAKING}-wal"), format!("{MAKING}-journal"), NEW_HEADER.to_owned()]
    {
        match fs::remove_file(dir.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// The database file that is not `own`; the first by name should there be several.
fn find_other(dir: &Path, own: &Path) -> io::Result<Option<PathBuf>> {
    let mut found = None::<PathBuf>;
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let is_other =
            path != own && path.file_name().and_then(|name| name.to_str()).is_some_and(is_database);
        if is_other && found.as_ref().is_none_or(|found| path < *found) {
            found = Some(path);
        }
    }
    Ok(found)
}

/// Whether a file's name is that of a database: its label in hexadecimal.
pub(crate) fn is_database(name: &str) -> bool {
    name.strip_suffix(".db").is_some_and(|label| {
        label.len() == 32 && label.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// A second file of random bytes under a random name.
pub(crate) fn make_other(dir: &Path, length: u64) -> io::Result<PathBuf> {
    let making = dir.join(MAKING);
    File::create(&making)?;
    lengthen(&making, length)?;
    let mut label = [0; 16];
    SystemRandom.fill(&mut label);
    let path = dir.join(format!("{}.db", *hex(&label)));
    fs::rename(&making, &path)?;
    sync_dir(dir)?;
    Ok(path)
}

/// Lengthens a file by random bytes; never shortens it.
pub(crate) fn lengthen(path: &Path, length: u64) -> io::Result<()> {
    const CHUNK: u64 = 256 * 1024;
    let now = fs::metadata(path)?.len();
    if now >= length {
        return Ok(());
    }
    let mut file = fs::OpenOptions::new().append(true).open(path)?;
    let mut left = length - now;
    let mut bytes = vec![0; usize::try_from(CHUNK.min(left)).unwrap_or_default()];
    while left > 0 {
        let part = usize::try_from(CHUNK.min(left)).unwrap_or_default();
        SystemRandom.fill(&mut bytes[..part]);
        file.write_all(&bytes[..part])?;
        left -= part as u64;
    }
    file.sync_all()
}

/// Covers the page that SQLite leaves out.
fn cover_pending(own: &Path, length: u64) -> io::Result<()> {
    if length <= PENDING {
        return Ok(());
    }
    let mut bytes = [0; PAGE as usize];
    SystemRandom.fill(&mut bytes);
    let mut file = fs::OpenOptions::new().write(true).open(own)?;
    file.seek(SeekFrom::Start(PENDING))?;
    file.write_all(&bytes)
}

/// One time for every file of the vault, and for its folder.
fn set_times(dir: &Path) -> io::Result<()> {
    let now = SystemTime::now();
    let times = fs::FileTimes::new().set_accessed(now).set_modified(now);
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let ours = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name == HEADER || name == ATTEMPTS || is_database(name));
        if ours {
            File::open(entry.path())?.set_times(times)?;
        }
    }
    File::open(dir)?.set_times(times)
}
