//! `deploy publish`: reads the relay's key and gives it the whole directory chain.

use std::sync::Arc;

use amana_crypto::StrictVerifier;
use amana_domain::{
    ids::{Hash, OrganisationId},
    trust::{Directory, DirectoryChain, DirectoryError, RelayUrl, RosterChain},
};
use amana_protocol::{
    ErrorCode,
    wire::{DirectoryAnswer, DirectoryPut, Newest, RelayInfo, RostersAnswer},
};
use serde_bytes::ByteBuf;

use super::{Deployment, store::Organisation};
use crate::{
    ClientError,
    sync::api::Api,
    transport::{Method, Transport},
};

/// How long a directory is valid, ms (one year); it is renewed when half of that is over.
pub(super) const VALID_MS: u64 = 365 * 86_400_000;

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The link with which phones join.
    pub join: String,
    /// The directory's version.
    pub version: u64,
}

impl Deployment {
    /// Publishes; makes a new version only if anything changed. Run it again after a loss of the relay.
    pub async fn publish(
        &mut self,
        claim: Option<String>,
        transport: Arc<dyn Transport>,
    ) -> Result<Published, ClientError> {
        let env = self.env.clone();
        let mut api = Api::new(transport.as_ref(), self.state.url.as_str().to_owned(), &env, 0);
        let info: RelayInfo = api.get("/v1/relay", true).await?;
        // A directory for another key hands every phone to whoever holds that key: only a fresh relay of which the
        // operator read the code may take the place of the one that was published.
        let published = self.chain()?.newest().map(|newest| newest.body().relay.key);
        if claim.is_none() && published.is_some_and(|key| key != info.key) {
            return Err(if info.claimed {
                ClientError::RelayKeyChanged
            } else {
                ClientError::Relay(ErrorCode::ClaimRequired)
            });
        }
        if info.claimed {
            self.catch_up(&mut api).await?;
        }
        let left = self.chain()?.newest().map(|newest| newest.body().relay.url.clone());
        self.complete_keys();
        if let Some(next) = self.next_directory(info.key, info.pow_bits)? {
            self.state.directories.push(ByteBuf::from(next.to_bytes()));
            // Kept before anybody hears of it: a version is never signed twice.
            self.save()?;
        }
        let chain = self.chain()?;
        let known = if info.claimed { info.directory_version } else { 0 };
        let directories =
            chain.after(known).iter().map(|directory| ByteBuf::from(directory.to_bytes())).collect();
        let put = DirectoryPut { directories, claim };
        let _: Newest = api.send(Method::Put, "/v1/directory", &put, None).await?;
        if let Some(left) = left.filter(|left| *left != self.state.url) {
            self.tell_the_way(&chain, left.as_str(), transport.as_ref()).await;
        }
        self.note_foundings(&mut api).await?;
        Ok(Published { join: self.link()?.to_string(), version: chain.version() })
    }

    /// Where the relay is from now on; the next publishing says so.
    ///
    /// # Errors
    /// [`ClientError::LinkInvalid`]: not an address.
    pub fn set_relay(&mut self, url: &str) -> Result<(), ClientError> {
        let url: RelayUrl = url.trim_end_matches('/').parse().map_err(|_| ClientError::LinkInvalid)?;
        if url == self.state.url {
            return Ok(());
        }
        self.state.url = url;
        self.save()
    }

    /// Takes in what another copy of this folder has published: its numbers are used, signing them again would split
    /// the chain.
    async fn catch_up(&mut self, api: &mut Api<'_>) -> Result<(), ClientError> {
        let mut chain = self.chain()?;
        let known = chain.version();
        // From our newest one on, so that another one in its place shows.
        let Some(after) = known.checked_sub(1) else { return Ok(()) };
        let answer: DirectoryAnswer = match api.get(&format!("/v1/directory?after={after}"), false).await {
            Err(ClientError::RelayNotPublished) => return Ok(()),
            other => other?,
        };
        for bytes in &answer.directories {
            chain.extend(bytes, &StrictVerifier).map_err(|error| match error {
                DirectoryError::Rollback => ClientError::Relay(ErrorCode::DirectoryRollback),
                DirectoryError::Root | DirectoryError::OrganisationRoot | DirectoryError::Announcement => {
                    ClientError::RootChanged
                }
                _ => ClientError::DirectoryInvalid,
            })?;
        }
        if chain.newest().is_some_and(|newest| newest.body().root != self.root().verify_key()) {
            // The root was renewed in the other copy: only that one can go on.
            return Err(ClientError::RootChanged);
        }
        if chain.version() > known {
            let new = chain.after(known).iter().map(|directory| ByteBuf::from(directory.to_bytes()));
            self.state.directories.extend(new);
            self.save()?;
        }
        Ok(())
    }

    /// Tells a relay that was left where the new one is, if it still answers: whoever asks there learns it.
    async fn tell_the_way(&self, chain: &DirectoryChain, left: &str, transport: &dyn Transport) {
        let mut api = Api::new(transport, left.to_owned(), &self.env, 0);
        let Ok(info) = api.get::<RelayInfo>("/v1/relay", true).await else { return };
        let missing = chain.after(info.directory_version).iter();
        let directories = missing.map(|directory| ByteBuf::from(directory.to_bytes())).collect();
        let put = DirectoryPut { directories, claim: None };
        if let Err(error) = api.send::<Newest>(Method::Put, "/v1/directory", &put, None).await {
            tracing::debug!(code = error.code(), "the relay that was left does not take the directory");
        }
    }

    /// Remembers how each team was founded, so that the directory can say it before a root is stolen.
    async fn note_foundings(&mut self, api: &mut Api<'_>) -> Result<(), ClientError> {
        let unknown: Vec<_> = self
            .state
            .organisations
            .iter()
            .filter(|known| known.founding.is_none())
            .map(Organisation::id)
            .collect();
        let mut noted = false;
        for id in unknown {
            // No team yet, or no answer: the next publishing asks again.
            let Ok(founding) = self.fetch_founding(api, id).await else { continue };
            if let Some(known) = self.state.organisations.iter_mut().find(|known| known.id() == id) {
                known.founding = Some(founding);
                noted = true;
            }
        }
        if noted { self.save() } else { Ok(()) }
    }

    /// Hash of the roster 1 that the relay shows, if the organisation's root vouches for it.
    pub(super) async fn fetch_founding(
        &self,
        api: &mut Api<'_>,
        id: OrganisationId,
    ) -> Result<Hash, ClientError> {
        let answer: RostersAnswer = match api.get(&format!("/v1/rosters/{id}?after=0&limit=1"), false).await {
            Err(ClientError::RelayNotPublished) => return Err(ClientError::OrganisationNotReady),
            other => other?,
        };
        let first = answer.heads.first().ok_or(ClientError::OrganisationNotReady)?;
        let mut chain = RosterChain::new(self.id()?, id).with_roots(self.chain()?.roots(&id));
        chain.extend(first, &StrictVerifier).map_err(|_| ClientError::RelayAnswer)?;
        chain.hash_of(1).ok_or(ClientError::RelayAnswer)
    }
}

/// Whether two directories differ in nothing but number and dates, and the older one is fresh enough.
pub(super) fn says_the_same(newest: &Directory, next: &Directory, now_ms: u64) -> bool {
    let mut same = next.clone();
    same.version = newest.version;
    same.prev = newest.prev;
    same.issued_ms = newest.issued_ms;
    same.expires_ms = newest.expires_ms;
    // A founding that was seen meanwhile is said with the next change.
    for ours in &mut same.organisations {
        if let Some(published) = newest.organisation(&ours.id).filter(|known| known.founding.is_none()) {
            ours.founding = published.founding;
        }
    }
    same == *newest && now_ms + VALID_MS / 2 < newest.expires_ms
}
