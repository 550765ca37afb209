//! Creating and opening a vault: one path for each.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use amana_crypto::{
    Random,
    passphrase::Passphrase,
    slots::{Contents, Cost, HEADER_LEN, Header, SlotError},
};
use rusqlite::{Connection, MAIN_DB, OpenFlags, TransactionBehavior, config::DbConfig};
use zeroize::Zeroizing;

use crate::{Tx, VaultError, making::Making, migrations, store::is_intact};

pub(crate) const HEADER: &str = "header";
const ROLE: &str = "role";
/// How long a command waits for another one that has the vault open.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Whose vault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A migrant's phone.
    Phone,
    /// A staff device.
    Desk,
}

impl Role {
    fn name(self) -> &'static [u8] {
        match self {
            Self::Phone => b"phone",
            Self::Desk => b"desk",
        }
    }
}

/// An open vault. Dropping it checkpoints and closes the database; keys are zeroised.
pub struct Vault {
    connection: Connection,
    dir: PathBuf,
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault(..)")
    }
}

impl Vault {
    /// Creates a vault whose first content `init` writes. It appears whole or not at all: everything is made beside
    /// its place and moved there at the end.
    pub fn create<E: From<VaultError>>(
        dir: &Path,
        passphrase: &Passphrase,
        cost: Cost,
        role: Role,
        random: &dyn Random,
        init: impl FnOnce(&Tx<'_>) -> Result<(), E>,
    ) -> Result<Self, E> {
        if !is_free(dir) {
            return Err(VaultError::Exists.into());
        }
        let (header, opened) = Header::create(passphrase, None, cost, random).map_err(|_| VaultError::Key)?;
        let folder = Making::beside(dir, random).map_err(VaultError::from)?;
        let making = folder.path();
        let made = (|| {
            restrict(making).map_err(VaultError::from)?;
            let database = database_path(making, &opened.contents);
            let mut vault = Self::connect(making, &database, &opened.contents, true)?;
            vault.write(|tx| {
                tx.set_meta(ROLE, role.name())?;
                init(tx)
            })?;
            drop(vault);
            let mut file = File::create_new(making.join(HEADER)).map_err(VaultError::from)?;
            file.write_all(&header.to_bytes()).and_then(|()| file.sync_all()).map_err(VaultError::from)?;
            sync_dir(making).map_err(VaultError::from)?;
            match fs::rename(making, dir) {
                Ok(()) => Ok(()),
                Err(_) if !is_free(dir) => Err(VaultError::Exists),
                Err(error) => Err(error.into()),
            }?;
            if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
                sync_dir(parent).map_err(VaultError::from)?;
            }
            Ok::<(), E>(())
        })();
        if let Err(error) = made {
            // Best effort: what stays behind is encrypted under a key that nobody keeps.
            let _ = fs::remove_dir_all(making);
            return Err(error);
        }
        Ok(Self::connect(dir, &database_path(dir, &opened.contents), &opened.contents, false)?)
    }

    /// Opens a vault. Nothing is ever created in place of something that cannot be opened.
    pub fn open(dir: &Path, passphrase: &Passphrase, role: Role) -> Result<Self, VaultError> {
        let header = read_header(dir)?;
        let opened = header.open(passphrase, None).map_err(slot_error)?;
        let database = database_path(dir, &opened.contents);
        if !database.is_file() {
            return Err(VaultError::Damaged);
        }
        let mut vault = Self::connect(dir, &database, &opened.contents, false)?;
        let stored = vault.read(|tx| tx.meta(ROLE))?.ok_or(VaultError::Damaged)?;
        if stored.as_slice() != role.name() {
            return Err(VaultError::OtherRole);
        }
        Ok(vault)
    }

    fn connect(dir: &Path, database: &Path, contents: &Contents, create: bool) -> Result<Self, VaultError> {
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        if create {
            flags |= OpenFlags::SQLITE_OPEN_CREATE;
        }
        wait_for_cipher()?;
        let mut connection = Connection::open_with_flags(database, flags)?;
        // Damage is reported as an error; SQLCipher would also write it to the terminal.
        connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
        let key = Zeroizing::new(format!("PRAGMA key = \"x'{}'\"", *hex(contents.key.expose())));
        connection.execute_batch(&key)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // Exclusive before WAL: no -shm file, and nobody else can open it meanwhile. Nothing decrypted touches the
        // disk: temporary data stays in memory.
        connection.execute_batch(
            "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;
             PRAGMA cell_size_check = ON; PRAGMA cache_size = -65536;",
        )?;
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0))
            .map_err(unreadable)?;
        // An empty file opens as an empty database: it is not filled again, its content is lost.
        if tables == 0 && !create {
            return Err(VaultError::Damaged);
        }
        // From here on a refusal to write means damage: SQLCipher forbids writing once a page was not authentic.
        if connection.is_readonly(MAIN_DB)? {
            return Err(std::io::Error::from(std::io::ErrorKind::PermissionDenied).into());
        }
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;",
        )?;
        connection.set_prepared_statement_cache_capacity(128);
        // Without this SQLite prepares a kept statement with an order anew for every value bound to it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        migrations::migrate(&mut connection)?;
        if !is_intact(&connection)? {
            return Err(VaultError::Damaged);
        }
        Ok(Self { connection, dir: dir.to_owned() })
    }

    /// Runs something that writes. When this returns, what it wrote is durable; on an error nothing is.
    pub fn write<R, E: From<VaultError>>(
        &mut self,
        run: impl FnOnce(&Tx<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.transact(TransactionBehavior::Immediate, run)
    }

    /// Runs something that only reads, on one consistent state.
    pub fn read<R, E: From<VaultError>>(
        &mut self,
        run: impl FnOnce(&Tx<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.transact(TransactionBehavior::Deferred, run)
    }

    /// Whatever came of it counts only if every page that was read was authentic.
    fn transact<R, E: From<VaultError>>(
        &mut self,
        behavior: TransactionBehavior,
        run: impl FnOnce(&Tx<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        let transaction = self.connection.transaction_with_behavior(behavior).map_err(VaultError::from)?;
        let result = run(&Tx(&transaction));
        if !is_intact(&transaction)? {
            return Err(VaultError::Damaged.into());
        }
        let result = result?;
        match behavior {
            TransactionBehavior::Deferred => transaction.finish(),
            _ => transaction.commit(),
        }
        .map_err(VaultError::from)?;
        Ok(result)
    }

    /// SQLite's and SQLCipher's own check of every page; `true` if nothing is wrong.
    pub fn check_pages(&mut self) -> Result<bool, VaultError> {
        match self.checked_pages() {
            Err(VaultError::Damaged) => Ok(false),
            answer => answer,
        }
    }

    fn checked_pages(&self) -> Result<bool, VaultError> {
        let mut damaged = false;
        self.connection.pragma_query(None, "cipher_integrity_check", |_| {
            damaged = true;
            Ok(())
        })?;
        let answer: String = self
            .connection
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(unreadable)?;
        Ok(answer == "ok" && !damaged && is_intact(&self.connection)?)
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        // The journal is emptied, so that a closed vault shows nothing of what was done last.
        let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    }
}

/// SQLite calls itself ready before SQLCipher is: of two threads that open the first databases of a process at once, one
/// would be refused its key. An empty database in memory takes a key as soon as both are.
fn wait_for_cipher() -> rusqlite::Result<()> {
    static READY: Mutex<bool> = Mutex::new(false);
    const TRIES: u32 = 10_000;
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    let mut tries = 0;
    while !*ready {
        match Connection::open_in_memory()?.execute_batch("PRAGMA key = 'probe'") {
            Ok(()) => *ready = true,
            Err(error) if tries == TRIES => return Err(error),
            Err(_) => std::thread::yield_now(),
        }
        tries += 1;
    }
    Ok(())
}

/// SQLCipher reports a page that is not authentic as an error without a name.
fn unreadable(error: rusqlite::Error) -> VaultError {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::Unknown) => VaultError::Damaged,
        _ => error.into(),
    }
}

fn read_header(dir: &Path) -> Result<Header, VaultError> {
    let path = dir.join(HEADER);
    let meta = match fs::metadata(&path) {
        Ok(meta) => meta,
        Err(_) if fs::symlink_metadata(dir).is_err() => return Err(VaultError::Missing),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            // An empty folder is no vault; one with something in it has lost its header.
            return Err(if is_free(dir) { VaultError::Missing } else { VaultError::Damaged });
        }
        Err(_) => return Err(VaultError::Damaged),
    };
    if !meta.is_file() || meta.len() != HEADER_LEN as u64 {
        return Err(VaultError::Damaged);
    }
    Header::parse(&fs::read(path)?).map_err(slot_error)
}

/// Nothing there, or an empty folder.
fn is_free(dir: &Path) -> bool {
    match fs::symlink_metadata(dir) {
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
        Ok(meta) => meta.is_dir() && fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none()),
    }
}

fn slot_error(error: SlotError) -> VaultError {
    match error {
        SlotError::WrongKey => VaultError::WrongKey,
        SlotError::TooNew => VaultError::TooNew,
        SlotError::Damaged => VaultError::Damaged,
        _ => VaultError::Key,
    }
}

fn database_path(dir: &Path, contents: &Contents) -> PathBuf {
    dir.join(format!("{}.db", *hex(&contents.label)))
}

pub(crate) fn hex(bytes: &[u8]) -> Zeroizing<String> {
    use std::fmt::Write as _;
    let mut text = Zeroizing::new(String::with_capacity(bytes.len() * 2));
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn sync_dir(dir: &Path) -> std::io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(unix)]
fn restrict(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> std::io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
