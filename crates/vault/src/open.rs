//! Creating and opening a vault: one path for each.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use amana_crypto::{
    Random,
    passphrase::Passphrase,
    slots::{Contents, Header, KeystoreSecret, Opened},
};
use rusqlite::{Connection, MAIN_DB, OpenFlags, TransactionBehavior, config::DbConfig};
use zeroize::Zeroizing;

use crate::{
    Setup, Tx, VaultError,
    header::{is_free, read_header, replace_header, restrict, sync_dir},
    keystore::{Ids, Keystore},
    making::Making,
    migrations, secrets, setup,
    store::is_intact,
    twin::{Twin, checkpoint},
};

pub(crate) const ROLE: &str = "role";
pub(crate) const STEP: &str = "step";
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
    pub(crate) fn name(self) -> &'static [u8] {
        match self {
            Self::Phone => b"phone",
            Self::Desk => b"desk",
        }
    }
}

/// An open vault. Dropping it checkpoints and closes the database; keys are zeroised.
pub struct Vault {
    pub(crate) connection: Connection,
    /// A phone's two files. Dropped after the connection: the times of the closed files are set then.
    pub(crate) twin: Option<Twin>,
    pub(crate) opened: Opened,
    /// Whether a PIN opened it.
    pub(crate) by_pin: bool,
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
    ///
    /// # Errors
    /// `PinNeedsKeystore` for a PIN without a keystore in the setup, and for a desk's PIN.
    pub fn create<'k, E: From<VaultError>>(
        dir: &Path,
        secret: &Passphrase,
        setup: impl Into<Setup<'k>>,
        role: Role,
        random: &dyn Random,
        init: impl FnOnce(&Tx<'_>) -> Result<(), E>,
    ) -> Result<Self, E> {
        let setup = setup.into();
        if !is_free(dir) {
            return Err(VaultError::Exists.into());
        }
        let keystore = setup.keystore.filter(|_| secret.is_pin() && role == Role::Phone);
        let device = keystore.map(|_| KeystoreSecret::make(random));
        let (header, opened) =
            Header::create(secret, device.as_ref(), setup.cost, random).map_err(VaultError::from)?;
        if let (Some(keystore), Some(device)) = (keystore, &device) {
            let [id, _] = Ids::of(&header.id()).secrets;
            keystore.replace(&id, device).map_err(VaultError::from)?;
        }
        let folder = Making::beside(dir, random).map_err(VaultError::from)?;
        let making = folder.path();
        let made = (|| {
            restrict(making).map_err(VaultError::from)?;
            let database = database_path(making, &opened.contents);
            let mut vault = Self::start(making, &database, opened.clone(), role, true)?;
            vault.write(|tx| {
                tx.set_meta(ROLE, role.name())?;
                if role == Role::Phone {
                    tx.set_meta(STEP, &setup.step.to_be_bytes())?;
                }
                init(tx)
            })?;
            if role == Role::Phone {
                vault.settle()?;
            }
            drop(vault);
            replace_header(making, &header)?;
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
        Ok(Self::enter(dir, opened, role, secret.is_pin())?)
    }

    /// Opens a vault by its passphrase. Nothing is ever created in place of something that cannot be opened.
    pub fn open(dir: &Path, passphrase: &Passphrase, role: Role) -> Result<Self, VaultError> {
        let opened = read_header(dir)?.open(passphrase, None)?;
        Self::enter(dir, opened, role, false)
    }

    /// Opens a phone's vault by its PIN, or any by its passphrase. `now_ms` (since 1970) is for the wait after wrong PINs.
    ///
    /// # Errors
    /// `Wait` before anything is tried, `PinNeedsKeystore` if the keystore does not know this vault.
    pub fn unlock(
        dir: &Path,
        secret: &Passphrase,
        role: Role,
        keystore: &dyn Keystore,
        now_ms: u64,
    ) -> Result<Self, VaultError> {
        if !secret.is_pin() {
            return Self::open(dir, secret, role);
        }
        if role != Role::Phone {
            return Err(VaultError::PinNeedsKeystore);
        }
        let opened = secrets::try_pin(dir, secret, keystore, now_ms)?;
        Self::enter(dir, opened, role, true)
    }

    /// Opens the database of a slot.
    fn enter(dir: &Path, opened: Opened, role: Role, by_pin: bool) -> Result<Self, VaultError> {
        let database = database_path(dir, &opened.contents);
        if !database.is_file() {
            return Err(VaultError::Damaged);
        }
        let mut vault = Self::start(dir, &database, opened, role, false)?;
        let stored = vault.read(|tx| tx.meta(ROLE))?.ok_or(VaultError::Damaged)?;
        if stored.as_slice() != role.name() {
            return Err(VaultError::OtherRole);
        }
        if role == Role::Phone {
            vault.settle()?;
        }
        vault.by_pin = by_pin;
        Ok(vault)
    }

    /// Brings a phone's two files into shape.
    fn settle(&mut self) -> Result<(), VaultError> {
        let step = self.read::<_, VaultError>(|tx| tx.meta(STEP))?;
        let step = step.and_then(|bytes| bytes.as_slice().try_into().ok()).map(u64::from_be_bytes);
        let step = setup::whole(step.unwrap_or(setup::STEP));
        let own = database_path(&self.dir, &self.opened.contents);
        self.twin = Some(Twin::settle(&self.dir, &own, step, &mut self.connection)?);
        Ok(())
    }

    fn start(
        dir: &Path,
        database: &Path,
        opened: Opened,
        role: Role,
        create: bool,
    ) -> Result<Self, VaultError> {
        let connection = connect(database, &opened.contents, role, create)?;
        Ok(Self { connection, twin: None, opened, by_pin: false, dir: dir.to_owned() })
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
        if matches!(behavior, TransactionBehavior::Deferred) {
            transaction.finish().map_err(VaultError::from)?;
            return Ok(result);
        }
        let Some(twin) = &mut self.twin else {
            transaction.commit().map_err(VaultError::from)?;
            return Ok(result);
        };
        let grown = twin.grow(&transaction, 0);
        let grown = grown.and_then(|grown| transaction.commit().map(|()| grown).map_err(VaultError::from));
        if grown.is_err() {
            twin.undone();
        }
        if grown? {
            // What was written is durable; should there be no room for the other file, the next start tries again.
            let _ = twin.level(&self.connection);
        }
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

    /// Locks the vault: empties the journal, closes the database, wipes the keys. Dropping does the same and tells nothing.
    ///
    /// # Errors
    /// The journal could not be emptied; the vault is locked all the same, and the next start does it.
    pub fn lock(self) -> Result<(), VaultError> {
        checkpoint(&self.connection)
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

/// The one way to a database: key, read check, settings, schema.
pub(crate) fn connect(
    database: &Path,
    contents: &Contents,
    role: Role,
    create: bool,
) -> Result<Connection, VaultError> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    if create {
        flags |= OpenFlags::SQLITE_OPEN_CREATE;
    }
    wait_for_cipher()?;
    let mut connection = Connection::open_with_flags(database, flags)?;
    // Damage is reported as an error; SQLCipher would also write it to the terminal.
    connection.execute_batch("PRAGMA cipher_log_level = NONE")?;
    if role == Role::Phone {
        // Memory is wiped before it is given back: keys, pages and values of a locked vault are nowhere in it.
        connection.execute_batch("PRAGMA cipher_memory_security = ON")?;
    }
    let key = Zeroizing::new(format!("PRAGMA key = \"x'{}'\"", *hex(contents.key.expose())));
    connection.execute_batch(&key)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // Exclusive before WAL: no -shm file, and nobody else can open it meanwhile. Nothing decrypted touches the
    // disk: temporary data stays in memory.
    connection.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON; PRAGMA cache_size = -65536;",
    )?;
    if role == Role::Phone {
        // Every freed page is written, as zeros before encryption: no page of the file is left unwritten.
        connection.execute_batch("PRAGMA secure_delete = ON")?;
    }
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
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
    connection.set_prepared_statement_cache_capacity(128);
    // Without this SQLite prepares a kept statement with an order anew for every value bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    migrations::migrate(&mut connection)?;
    if !is_intact(&connection)? {
        return Err(VaultError::Damaged);
    }
    Ok(connection)
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

pub(crate) fn database_path(dir: &Path, contents: &Contents) -> PathBuf {
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

#[cfg(test)]
mod tests;
