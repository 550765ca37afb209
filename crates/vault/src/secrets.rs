//! PINs and passphrases of a vault: trying, changing, and the duress and wipe PINs.
//!
//! Two vaults may lie in one folder, each in a file of its own, and a session knows only what its own database says. What
//! a session may do does not depend on which of the two it is in, so that no answer tells. From within the one that was
//! opened under duress, setting a duress PIN makes a fresh second vault **in place of the first**: whoever forces a person
//! to do it destroys what is there, as by throwing the phone away, and learns nothing.
//!
//! Each change is one replacement of the header. A keystore has room for two secrets of a vault: the one in use, and the
//! one that is about to be.

use std::{fs, path::Path};

use amana_crypto::{
    SystemRandom,
    passphrase::Passphrase,
    slots::{Contents, DataKey, Header, KeystoreSecret, Opened, Others, Place, Role as SlotRole, SlotError},
};
use rusqlite::TransactionBehavior;

use crate::{
    Role, Tx, Vault, VaultError,
    attempts::{self, Attempts},
    header::{read_header, replace_header, sync_dir},
    keystore::{Ids, Keystore},
    open::{ROLE, STEP, connect, hex},
    twin::{MAKING, Twin, checkpoint},
};

/// In a vault that has set a duress PIN: label and key of the other one.
const OTHER: &str = "other_vault";

/// Tries a PIN. Counted before, one Argon2 run, every slot under every keystore secret; the wipe PIN does what it is for.
pub(crate) fn try_pin(
    dir: &Path,
    pin: &Passphrase,
    keystore: &dyn Keystore,
    now_ms: u64,
) -> Result<Opened, VaultError> {
    let ids = Ids::of(&read_header(dir)?.id());
    let mut attempts = Attempts::lock(dir, &ids, keystore)?;
    // Killed at the tenth, before the eleventh.
    if attempts.exhausted() {
        erase(dir, &ids, keystore)?;
    }
    let header = read_header(dir)?;
    let [first, second] = &ids.secrets;
    let secrets = [keystore.get(first)?, keystore.get(second)?];
    if secrets.iter().all(Option::is_none) {
        return Err(VaultError::PinNeedsKeystore);
    }
    attempts.begin(now_ms)?;
    let attempt = header.attempt(pin)?;
    let mut found = None;
    for (at, secret) in secrets.iter().enumerate() {
        let Some(secret) = secret else { continue };
        match header.try_open(&attempt, Some(secret)) {
            Ok(opened) => found = found.or(Some((at, opened))),
            Err(SlotError::WrongKey) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let Some((used, mut opened)) = found else {
        if attempts.exhausted() {
            erase(dir, &ids, keystore)?;
        }
        return Err(VaultError::WrongKey);
    };
    let unused = 1 - used;
    if opened.role == SlotRole::Wipe {
        let secret = KeystoreSecret::make(&SystemRandom);
        keystore.replace(&ids.secrets[unused], &secret)?;
        let (wiped, now) = header.wiped(&attempt, &opened, &secret, &SystemRandom)?;
        replace_header(dir, &wiped)?;
        keystore.delete(&ids.secrets[used])?;
        opened = now;
    } else if secrets[unused].is_some() {
        // Of a wipe that was cut short, before or after it took effect.
        keystore.delete(&ids.secrets[unused])?;
    }
    attempts.succeeded()?;
    Ok(opened)
}

/// Makes everything unreadable for good; what is left looks like a vault whose PIN nobody knows.
fn erase(dir: &Path, ids: &Ids, keystore: &dyn Keystore) -> Result<(), VaultError> {
    for id in &ids.secrets {
        if keystore.get(id)?.is_some() {
            keystore.replace(id, &KeystoreSecret::make(&SystemRandom))?;
        }
    }
    replace_header(dir, &read_header(dir)?.erased(&SystemRandom))
}

/// The keystore's secret for a header; made if there is none.
fn device_secret(header: &Header, keystore: &dyn Keystore) -> Result<KeystoreSecret, VaultError> {
    let [first, second] = Ids::of(&header.id()).secrets;
    for id in [&first, &second] {
        if let Some(secret) = keystore.get(id)? {
            return Ok(secret);
        }
    }
    let secret = KeystoreSecret::make(&SystemRandom);
    keystore.replace(&first, &secret)?;
    Ok(secret)
}

impl Vault {
    /// Whether a PIN opened it.
    pub fn opened_by_pin(&self) -> bool {
        self.by_pin
    }

    /// Gives this vault another PIN or passphrase; the one that opened it opens it no more. Killed meanwhile, one of them
    /// does. A PIN is for phones and needs the keystore.
    ///
    /// # Errors
    /// `Weak`, `PinNeedsKeystore`, `PinInUse`.
    pub fn change_secret(
        &mut self,
        new: &Passphrase,
        keystore: Option<&dyn Keystore>,
    ) -> Result<(), VaultError> {
        let _lock = match &self.twin {
            Some(twin) => Some(attempts::locked(twin.dir())?),
            None => None,
        };
        let mut header = read_header(self.dir())?;
        let secret = match keystore {
            _ if !new.is_pin() => None,
            Some(keystore) if self.twin.is_some() => Some(device_secret(&header, keystore)?),
            _ => return Err(VaultError::PinNeedsKeystore),
        };
        let knows_all = self.opened.role == SlotRole::Primary || self.other()?.is_some();
        let others = if knows_all { Others::Known } else { Others::Unknown };
        header.change_secret(&self.opened, new, secret.as_ref(), others, &SystemRandom)?;
        replace_header(self.dir(), &header)?;
        self.by_pin = new.is_pin();
        Ok(())
    }

    /// Sets the duress PIN. The first time it makes the vault that this PIN opens, whose first content `init` writes, in
    /// place of whatever the other file holds; later it keeps that vault and changes its PIN.
    ///
    /// # Errors
    /// `PinNotSet` if this vault was not opened by a PIN; `PinInUse`; `PinNeedsKeystore` if `pin` is none.
    pub fn set_duress_pin<E: From<VaultError>>(
        &mut self,
        pin: &Passphrase,
        keystore: &dyn Keystore,
        init: impl FnOnce(&Tx<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let twin = self.pinned(pin)?;
        let (dir, other, step, length) =
            (twin.dir().to_owned(), twin.other().to_owned(), twin.step(), twin.length());
        let _lock = attempts::locked(&dir).map_err(VaultError::from)?;
        let mut header = read_header(&dir)?;
        let secret = device_secret(&header, keystore)?;
        if let Some(contents) = self.other()? {
            header
                .add_slot(&self.opened, Place::Duress, &contents, pin, Some(&secret), &SystemRandom)
                .map_err(VaultError::from)?;
            return Ok(replace_header(&dir, &header)?);
        }
        let label = other.file_stem().and_then(|stem| stem.to_str()).and_then(label);
        let label = label.ok_or(VaultError::Damaged)?;
        let contents = Contents { label, key: DataKey::make(&SystemRandom) };
        // Refused before anything is touched.
        header.arm(&self.opened, &contents, pin, Some(&secret), &SystemRandom).map_err(VaultError::from)?;
        let making = dir.join(MAKING);
        if making.exists() {
            fs::remove_file(&making).map_err(VaultError::from)?;
        }
        make(&making, &contents, step, length, init)?;
        fs::rename(&making, &other).and_then(|()| sync_dir(&dir)).map_err(VaultError::from)?;
        let mut kept = zeroize::Zeroizing::new(contents.label.to_vec());
        kept.extend_from_slice(contents.key.expose());
        self.write(|tx| tx.set_meta(OTHER, &kept))?;
        Ok(replace_header(&dir, &header)?)
    }

    /// Takes duress and wipe PIN away, if there are any. The other file stays as it is: nobody can tell.
    pub fn remove_duress_pin(&mut self) -> Result<(), VaultError> {
        let _lock = attempts::locked(self.dir())?;
        if self.other()?.is_none() {
            return Ok(());
        }
        let mut header = read_header(self.dir())?;
        header.remove_slot(&self.opened, Place::Duress, &SystemRandom)?;
        header.remove_slot(&self.opened, Place::Wipe, &SystemRandom)?;
        replace_header(self.dir(), &header)?;
        self.write(|tx| tx.delete_meta(OTHER))
    }

    /// Sets the wipe PIN: it opens the same vault as the duress PIN, after it has destroyed this one.
    ///
    /// # Errors
    /// `WipeNeedsDuress`, and as for the duress PIN.
    pub fn set_wipe_pin(&mut self, pin: &Passphrase, keystore: &dyn Keystore) -> Result<(), VaultError> {
        let dir = self.pinned(pin)?.dir().to_owned();
        let _lock = attempts::locked(&dir)?;
        let contents = self.other()?.ok_or(VaultError::WipeNeedsDuress)?;
        let mut header = read_header(&dir)?;
        let secret = device_secret(&header, keystore)?;
        header.add_slot(&self.opened, Place::Wipe, &contents, pin, Some(&secret), &SystemRandom)?;
        replace_header(&dir, &header)
    }

    /// Whether everything is erased after the tenth wrong PIN in a row.
    pub fn set_erase_after_ten(&mut self, erase: bool, keystore: &dyn Keystore) -> Result<(), VaultError> {
        if !self.by_pin {
            return Err(VaultError::PinNotSet);
        }
        let ids = Ids::of(&read_header(self.dir())?.id());
        Attempts::lock(self.dir(), &ids, keystore)?.set_erase(erase)
    }

    /// The two files of a phone's vault that a PIN opened.
    fn pinned(&self, pin: &Passphrase) -> Result<&Twin, VaultError> {
        if !pin.is_pin() {
            return Err(VaultError::PinNeedsKeystore);
        }
        self.twin.as_ref().filter(|_| self.by_pin).ok_or(VaultError::PinNotSet)
    }

    /// What the duress PIN of this vault opens.
    fn other(&mut self) -> Result<Option<Contents>, VaultError> {
        let Some(kept) = self.read::<_, VaultError>(|tx| tx.meta(OTHER))? else { return Ok(None) };
        let (label, key) = kept.split_at_checked(16).ok_or(VaultError::Row)?;
        let label = label.try_into().map_err(|_| VaultError::Row)?;
        let key = DataKey::from_slice(key).map_err(|_| VaultError::Row)?;
        Ok(Some(Contents { label, key }))
    }
}

/// Makes a phone's database of a given length, closed.
fn make<E: From<VaultError>>(
    path: &Path,
    contents: &Contents,
    step: u64,
    length: u64,
    init: impl FnOnce(&Tx<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut connection = connect(path, contents, Role::Phone, true)?;
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(VaultError::from)?;
    let tx = Tx(&transaction);
    tx.set_meta(ROLE, Role::Phone.name())?;
    tx.set_meta(STEP, &step.to_be_bytes())?;
    init(&tx)?;
    Twin::fill_to(&transaction, step, length)?;
    transaction.commit().map_err(VaultError::from)?;
    Ok(checkpoint(&connection)?)
}

/// The label in the name of a file.
fn label(stem: &str) -> Option<[u8; 16]> {
    let bytes: Vec<u8> = (0..16)
        .map(|at| stem.get(2 * at..2 * at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()))
        .collect::<Option<_>>()?;
    let label: [u8; 16] = bytes.try_into().ok()?;
    (*hex(&label) == stem).then_some(label)
}
