//! A client that locks itself, for applications that go to the background.

use crate::{Client, ClientError};

/// So long an application may stay in the background before its vault is locked, ms.
pub const AUTO_LOCK_MS: u64 = 60_000;

/// An unlocked client, or none. Times are the caller's, ms of any one clock; a clock that goes back locks.
#[derive(Default)]
pub struct Session {
    client: Option<Client>,
    since_ms: Option<u64>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Session(..)")
    }
}

impl Session {
    /// A session with this client, in the foreground.
    pub fn new(client: Client) -> Self {
        Self { client: Some(client), since_ms: None }
    }

    /// The client.
    ///
    /// # Errors
    /// `vault_locked`.
    pub fn client(&mut self) -> Result<&mut Client, ClientError> {
        self.client.as_mut().ok_or(ClientError::Locked)
    }

    /// Whether it is locked.
    pub fn is_locked(&self) -> bool {
        self.client.is_none()
    }

    /// Locks at once: the vault is closed, all keys are wiped.
    ///
    /// # Errors
    /// As [`Client::lock`]; it is locked all the same.
    pub fn lock(&mut self) -> Result<(), ClientError> {
        self.since_ms = None;
        self.client.take().map_or(Ok(()), Client::lock)
    }

    /// The application went to the background. Telling it again does not begin the time anew.
    pub fn note_background(&mut self, now_ms: u64) {
        self.since_ms.get_or_insert(now_ms);
    }

    /// The application is in front again; too late if its time was over. True if it is locked.
    pub fn note_foreground(&mut self, now_ms: u64) -> bool {
        let locked = self.check(now_ms);
        self.since_ms = None;
        locked
    }

    /// Locks if the time in the background is over. True if it is locked.
    pub fn check(&mut self, now_ms: u64) -> bool {
        if self.since_ms.is_some_and(|since| now_ms < since || now_ms - since >= AUTO_LOCK_MS) {
            // Locked also if the journal could not be emptied: the next start does that.
            let _ = self.lock();
        }
        self.is_locked()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use amana_crypto::passphrase::Passphrase;
    use amana_domain::{
        ids::Hash,
        trust::{JoinLink, RelayUrl},
    };

    use super::*;
    use crate::{Env, Keystore, Setup, SoftwareKeystore, ops::join_phone, transport::HttpTransport};

    fn session(dir: &std::path::Path, keystore: &dyn Keystore) -> Session {
        let link = JoinLink {
            url: "http://127.0.0.1:9".parse::<RelayUrl>().unwrap(),
            fingerprint: Hash::from_slice(&[7; 32]).unwrap(),
        };
        let client = join_phone(
            dir,
            &Passphrase::pin("123456").unwrap(),
            Setup::for_tests().keystore(keystore),
            &link.to_string(),
            Env::system(),
            Arc::new(HttpTransport::new().unwrap()),
        );
        Session::new(client.unwrap())
    }

    #[test]
    fn it_locks_after_a_minute_in_the_background_and_when_the_clock_goes_back() {
        let place = tempfile::tempdir().unwrap();
        let dir = place.path().join("vault");
        let keystore = SoftwareKeystore::beside(&dir);
        let mut session = session(&dir, &keystore);
        // In front it never does.
        assert!(!session.check(u64::MAX));
        session.note_background(1_000_000);
        session.note_background(1_059_000);
        assert!(!session.check(1_059_999));
        assert!(!session.note_foreground(1_059_999));
        assert!(!session.check(2_000_000));
        session.note_background(2_000_000);
        assert!(session.client().is_ok());
        assert!(session.check(2_060_000));
        assert!(session.is_locked());
        assert!(matches!(session.client(), Err(ClientError::Locked)));
        assert!(session.note_foreground(2_060_001), "it does not unlock itself");

        let unlock = |now_ms| {
            struct At(u64);
            impl crate::Clock for At {
                fn now_ms(&self) -> u64 {
                    self.0
                }
            }
            let env = Env { clock: Arc::new(At(now_ms)), ..Env::system() };
            let secret = Passphrase::pin("123456").unwrap();
            let transport = Arc::new(HttpTransport::new().unwrap());
            Client::unlock(&dir, &secret, amana_vault::Role::Phone, &keystore, env, transport).unwrap()
        };
        let mut session = Session::new(unlock(5));
        session.note_background(1_000_000);
        assert!(session.check(999_999), "a clock that goes back locks");
        let mut session = Session::new(unlock(6));
        session.note_background(0);
        assert!(session.note_foreground(60_000), "too late");
        session.lock().unwrap();
    }
}
