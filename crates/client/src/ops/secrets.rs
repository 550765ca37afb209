//! PINs and passphrases of this vault.

use amana_crypto::passphrase::Passphrase;
use amana_vault::Keystore;

use crate::{
    Client, ClientError,
    client::{meta, required},
};

impl Client {
    /// Gives this vault another PIN (phones, with the keystore) or passphrase. The old one opens nothing from then on.
    ///
    /// # Errors
    /// `passphrase_weak`, `pin_needs_keystore`, `pin_in_use`.
    pub fn change_secret(
        &mut self,
        new: &Passphrase,
        keystore: Option<&dyn Keystore>,
    ) -> Result<(), ClientError> {
        Ok(self.vault.change_secret(new, keystore)?)
    }

    /// Whether a PIN opened this vault.
    pub fn opened_by_pin(&self) -> bool {
        self.vault.opened_by_pin()
    }

    /// Sets the PIN that opens a second vault, made in place of whatever the vault's other file holds: joined to the same
    /// deployment and otherwise empty. What makes it believable its owner puts in, opened by that PIN: anything made up
    /// here would be the same on every phone. Set again, it keeps what is in there.
    ///
    /// # Errors
    /// `pin_not_set` if this vault was not opened by a PIN, `pin_in_use`, `pin_needs_keystore`.
    pub fn set_duress_pin(&mut self, pin: &Passphrase, keystore: &dyn Keystore) -> Result<(), ClientError> {
        let joined =
            self.read(|tx| Ok([meta::URL, meta::FINGERPRINT].map(|name| (name, required(tx, name)))))?;
        self.vault.set_duress_pin::<ClientError>(pin, keystore, |tx| {
            for (name, value) in joined {
                tx.set_meta(name, &value?)?;
            }
            Ok(())
        })
    }

    /// Takes duress and wipe PIN away; nothing happens if there are none.
    pub fn remove_duress_pin(&mut self) -> Result<(), ClientError> {
        Ok(self.vault.remove_duress_pin()?)
    }

    /// Sets the PIN that destroys this vault for good and opens the second one.
    ///
    /// # Errors
    /// `pin_wipe_needs_duress`, and as for the duress PIN.
    pub fn set_wipe_pin(&mut self, pin: &Passphrase, keystore: &dyn Keystore) -> Result<(), ClientError> {
        Ok(self.vault.set_wipe_pin(pin, keystore)?)
    }

    /// Whether everything in this vault's folder becomes unreadable after ten wrong PINs in a row.
    ///
    /// # Errors
    /// `pin_not_set`.
    pub fn set_erase_after_ten(&mut self, erase: bool, keystore: &dyn Keystore) -> Result<(), ClientError> {
        Ok(self.vault.set_erase_after_ten(erase, keystore)?)
    }
}
