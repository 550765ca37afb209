//! `deploy publish`: reads the relay's key and gives it the whole directory chain.

use std::sync::Arc;

use amana_domain::trust::Directory;
use amana_protocol::{
    ErrorCode,
    wire::{DirectoryPut, Newest, RelayInfo},
};
use serde_bytes::ByteBuf;

use super::Deployment;
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
        Ok(Published { join: self.link()?.to_string(), version: chain.version() })
    }
}

/// Whether two directories differ in nothing but number and dates, and the older one is fresh enough.
pub(super) fn says_the_same(newest: &Directory, next: &Directory, now_ms: u64) -> bool {
    let mut same = next.clone();
    same.version = newest.version;
    same.prev = newest.prev;
    same.issued_ms = newest.issued_ms;
    same.expires_ms = newest.expires_ms;
    same == *newest && now_ms + VALID_MS / 2 < newest.expires_ms
}
