//! `deploy renew` and `deploy renew-organisation`: the announced root takes over. `deploy publish` tells everybody.
//!
//! Everything is saved at once and before anybody hears of it: a crash leaves the folder as it was or with the root in
//! force, and no version is signed twice.

use std::sync::Arc;

use amana_crypto::Seed;
use amana_domain::{
    ids::{Hash, OrganisationId},
    signed::Signed,
};
use serde_bytes::ByteBuf;
use zeroize::Zeroize as _;

use super::{Deployment, Published, sign};
use crate::{ClientError, client::signing_key, sync::api::Api, transport::Transport};

impl Deployment {
    /// Makes a directory of a year, signed by the root that the newest one announces, and announces a fresh root. The
    /// key of the root before is gone from the folder afterwards. Needs no network; `publish` uploads it.
    ///
    /// # Errors
    /// [`ClientError::RootNotAnnounced`]: nothing was published yet, or another copy of the folder renewed it.
    pub fn renew(&mut self) -> Result<Published, ClientError> {
        let chain = self.chain()?;
        let newest = chain.newest().map(Signed::body).ok_or(ClientError::RootNotAnnounced)?;
        let root = signing_key(&self.state.next_root);
        if newest.next_root != Hash::of(root.verify_key().as_bytes()) {
            return Err(ClientError::RootNotAnnounced);
        }
        let mut next = *Seed::make(self.env.random.as_ref()).expose();
        self.complete_keys();
        let directory = self.draft(newest.relay.clone(), newest.pow_bits, &root, &signing_key(&next))?;
        let version = directory.version;
        let signed = sign(directory, &root)?;
        self.state.directories.push(ByteBuf::from(signed.to_bytes()));
        self.state.root.zeroize();
        self.state.root = self.state.next_root;
        self.state.next_root = next;
        next.zeroize();
        self.save()?;
        Ok(Published { join: self.link()?.to_string(), version })
    }

    /// Puts the announced root of an organisation in force, from the next publishing on. Its invites that nobody used
    /// are void then; its desks go on. The relay is asked how the team was founded: the directory names that founding,
    /// so that the root before can found no other.
    ///
    /// # Errors
    /// [`ClientError::RootNotAnnounced`]: the newest directory does not announce it; publish first.
    /// [`ClientError::OrganisationNotReady`]: it has no team yet. Without one there is nothing to keep: add a new one.
    pub async fn renew_organisation(
        &mut self,
        organisation: &str,
        transport: Arc<dyn Transport>,
    ) -> Result<OrganisationId, ClientError> {
        let id = self.find(organisation)?;
        let chain = self.chain()?;
        let newest = chain.newest().map(Signed::body).ok_or(ClientError::RootNotAnnounced)?;
        let listed = newest.organisation(&id).ok_or(ClientError::RootNotAnnounced)?;
        let at = self
            .state
            .organisations
            .iter()
            .position(|known| known.id() == id)
            .ok_or(ClientError::NotFound)?;
        let known = &self.state.organisations[at];
        let announced = known.next_root().filter(|next| listed.next_root == Some(*next));
        if announced.is_none() || listed.root != known.key().verify_key() {
            return Err(ClientError::RootNotAnnounced);
        }
        let founding = match known.founding {
            Some(founding) => founding,
            None => {
                let env = self.env.clone();
                let mut api = Api::new(transport.as_ref(), newest.relay.url.as_str().to_owned(), &env, 0);
                self.fetch_founding(&mut api, id).await?
            }
        };
        let fresh = *Seed::make(self.env.random.as_ref()).expose();
        let known = &mut self.state.organisations[at];
        let Some(next) = known.next.replace(fresh) else { return Err(ClientError::RootNotAnnounced) };
        known.first_id = Some(id);
        known.founding = Some(founding);
        known.seed.zeroize();
        known.seed = next;
        self.save()?;
        Ok(id)
    }

    /// Makes the roots that shall follow, where a folder of an earlier version has none.
    pub(super) fn complete_keys(&mut self) {
        for known in self.state.organisations.iter_mut().filter(|known| known.next.is_none()) {
            known.next = Some(*Seed::make(self.env.random.as_ref()).expose());
        }
    }
}
