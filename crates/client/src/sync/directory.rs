//! The directory: which relay speaks for the deployment, and at which address.

use std::time::Duration;

use amana_crypto::StrictVerifier;
use amana_domain::trust::DirectoryError;
use amana_protocol::{
    limits::MAX_CHAIN_LINKS,
    wire::{DirectoryAnswer, RelayInfo},
};

use super::{Report, Warning, api::Api};
use crate::{Client, ClientError};

/// How often one run follows the relay to another address.
const MAX_MOVES: usize = 4;
/// Longest wait at each of two addresses: people are told after ten seconds.
const MOVED_PATIENCE: Duration = Duration::from_millis(4500);

impl Client {
    /// Finds the relay at the address that the newest directory names, learning newer directories on the way. The
    /// answer is the last one: what that relay says of rosters.
    pub(super) async fn meet_relay(
        &mut self,
        api: &mut Api<'_>,
        report: &mut Report,
    ) -> Result<(RelayInfo, DirectoryAnswer), ClientError> {
        let mut info = self.first_word(api).await?;
        for _ in 0..MAX_MOVES {
            let answer = self.ask_directories(api, report).await?;
            let newest = self.trust.directory().ok_or(ClientError::RelayNotPublished)?;
            let (home, key) = (self.home(), newest.relay.key);
            if home == api.url() {
                return Ok((info, answer));
            }
            let here = api.url().to_owned();
            api.set_url(home);
            match api.get("/v1/relay", true).await {
                Ok(there) => info = there,
                // The very relay that the directory names, still heard at an address that it had before.
                Err(ClientError::RelayUnreachable) if info.key == key => {
                    api.set_url(here);
                    return Ok((info, answer));
                }
                Err(error) => return Err(error),
            }
        }
        Err(ClientError::RelayUnreachable)
    }

    /// The address that this device was given, until a directory names another than the first one did.
    fn home(&self) -> String {
        let directories = self.trust.directories();
        match directories.newest().map(|newest| &newest.body().relay.url) {
            Some(url) if directories.after(0).iter().any(|version| version.body().relay.url != *url) => {
                url.as_str().to_owned()
            }
            _ => self.url.clone(),
        }
    }

    /// Asks who is there: at the relay's address, else at the one that this device joined with.
    async fn first_word(&mut self, api: &mut Api<'_>) -> Result<RelayInfo, ClientError> {
        let home = self.home();
        if home == self.url {
            return api.get("/v1/relay", true).await;
        }
        for url in [home, self.url.clone()] {
            api.set_url(url);
            let word = tokio::time::timeout(MOVED_PATIENCE, api.get("/v1/relay", true)).await;
            match word.unwrap_or(Err(ClientError::RelayUnreachable)) {
                Err(ClientError::RelayUnreachable) => {}
                word => return word,
            }
        }
        Err(ClientError::RelayUnreachable)
    }

    async fn ask_directories(
        &mut self,
        api: &mut Api<'_>,
        report: &mut Report,
    ) -> Result<DirectoryAnswer, ClientError> {
        loop {
            let version = self.trust.directories().version();
            let path = format!("/v1/directory?after={version}");
            let answer: DirectoryAnswer = match api.get(&path, false).await {
                Err(ClientError::RelayNotPublished) => return Ok(DirectoryAnswer::default()),
                other => other?,
            };
            self.take_directories(&answer, report)?;
            if answer.directories.len() < MAX_CHAIN_LINKS || self.trust.directories().version() == version {
                return Ok(answer);
            }
        }
    }

    /// Takes in what follows from the pinned root. The first directory that does not ends the run: a relay that mixes
    /// false ones among the true ones is not spoken with.
    fn take_directories(&mut self, answer: &DirectoryAnswer, report: &mut Report) -> Result<(), ClientError> {
        let mut chain = self.trust.directories().clone();
        let before = chain.version();
        let refused = answer.directories.iter().find_map(|bytes| chain.extend(bytes, &StrictVerifier).err());
        if chain.version() > before {
            let misfits = self.trust.misfits(&chain);
            self.write(|tx| {
                for directory in chain.after(before) {
                    tx.add_directory(directory.body().version, &directory.to_bytes())?;
                }
                for organisation in &misfits {
                    tx.truncate_rosters(*organisation, 1)?;
                }
                Ok(())
            })?;
            self.trust.set_directories(chain);
            for organisation in misfits {
                report.warn(Warning { code: "relay_fork", case: None, log: None });
                self.trust.forget_chain(organisation);
            }
        }
        match refused {
            None => Ok(()),
            Some(
                DirectoryError::Root
                | DirectoryError::Pin
                | DirectoryError::OrganisationRoot
                | DirectoryError::Announcement,
            ) => Err(ClientError::RootChanged),
            Some(_) => Err(ClientError::DirectoryInvalid),
        }
    }
}
