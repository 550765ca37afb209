//! A signed roster on its way: kept before anybody hears of it, offered, and taken in once a relay has it.
//!
//! It may hold secrets that exist nowhere else (wrapped to this desk, too), so it is kept until the relay's chain says
//! what became of it: it is there, or another one took its place.

use amana_crypto::StrictVerifier;
use amana_domain::{
    canonical,
    signed::Unverified,
    trust::{RosterChain, RosterHead},
};
use amana_protocol::{
    ErrorCode,
    wire::{Newest, RostersPut},
};
use serde_bytes::ByteBuf;

use super::sign::Pending;
use crate::{
    Client, ClientError,
    client::meta,
    keys::rekey::{REKEY_ASIDE, REKEY_URGENT},
    sync::{api::Api, canonical_bytes},
    transport::Method,
};

impl Client {
    pub(super) fn pending(&mut self) -> Result<Option<Pending>, ClientError> {
        let kept = self.write(|tx| Ok(tx.meta(meta::PENDING_ROSTER)?))?;
        kept.map(|bytes| canonical::from_slice(&bytes).map_err(|_| ClientError::Internal("pending roster")))
            .transpose()
    }

    pub(super) fn keep_pending(&mut self, pending: &Pending) -> Result<(), ClientError> {
        let bytes = canonical_bytes(pending)?;
        self.write(|tx| Ok(tx.set_meta(meta::PENDING_ROSTER, &bytes)?))
    }

    pub(super) fn drop_pending(&mut self) -> Result<(), ClientError> {
        self.write(|tx| Ok(tx.delete_meta(meta::PENDING_ROSTER)?))
    }

    /// Looks what became of a pending roster: in the chain, it is taken in; continuing the chain, it still waits;
    /// else another one was faster, and it is dropped. Answers whether one waits.
    pub(super) fn adopt_pending(&mut self) -> Result<bool, ClientError> {
        let Some(pending) = self.pending()? else { return Ok(false) };
        let organisation = self.require_desk()?.organisation;
        let chain = self.trust.chain(organisation);
        let head = Unverified::<RosterHead>::parse(&pending.head)
            .map_err(|_| ClientError::Internal("pending roster"))?
            .claimed()
            .clone();
        if chain.by_number(head.n).is_some_and(|known| known.to_bytes() == pending.head) {
            self.take_part(head.n, &pending.part)?;
            let before = chain.by_number(head.n - 1).map(|before| before.body());
            let rekeyed = before.is_some_and(|before| before.clearance != head.clearance);
            let joined = before.is_some_and(|before| {
                head.devices.iter().any(|device| before.role_of(&device.device).is_none())
            });
            self.write(|tx| {
                if rekeyed {
                    tx.set_meta(meta::REKEY_DUE, REKEY_URGENT)?;
                } else if joined && tx.meta(meta::REKEY_DUE)?.is_none() {
                    tx.set_meta(meta::REKEY_DUE, REKEY_ASIDE)?;
                }
                Ok(tx.delete_meta(meta::PENDING_ROSTER)?)
            })?;
            return Ok(false);
        }
        let waits = head.n == chain.number() + 1 && head.prev == chain.newest().map(|newest| newest.hash());
        if !waits {
            self.drop_pending()?;
        }
        Ok(waits)
    }

    /// Offers the pending roster; `false` if another one was faster and this one is gone.
    pub(super) async fn publish_pending(&mut self, api: &mut Api<'_>) -> Result<bool, ClientError> {
        let Some(pending) = self.pending()? else { return Ok(true) };
        let organisation = self.require_desk()?.organisation;
        let put = RostersPut {
            heads: vec![ByteBuf::from(pending.head.clone())],
            part: Some(ByteBuf::from(pending.part.clone())),
        };
        let path = format!("/v1/rosters/{organisation}");
        match api.send::<Newest>(Method::Put, &path, &put, None).await {
            Ok(_) => {
                let mut chain = self.trust.chain(organisation);
                chain
                    .extend(&pending.head, &StrictVerifier)
                    .map_err(|_| ClientError::Internal("pending roster"))?;
                self.keep_roster(chain)?;
                self.adopt_pending()?;
                Ok(true)
            }
            Err(ClientError::Relay(ErrorCode::RosterConflict)) => {
                self.drop_pending()?;
                Ok(false)
            }
            Err(error) => {
                // Refused as it is, it would be refused for ever; what it was made for is still wished.
                if matches!(error, ClientError::Relay(ErrorCode::RosterInvalid)) {
                    self.drop_pending()?;
                }
                Err(error)
            }
        }
    }

    /// Takes the rosters that another admin published meanwhile.
    pub(super) async fn catch_up(&mut self, api: &mut Api<'_>) -> Result<(), ClientError> {
        let organisation = self.require_desk()?.organisation;
        let mut chain: RosterChain = self.trust.chain(organisation);
        self.fetch_roster(api, &mut chain).await?;
        self.keep_roster(chain)
    }
}
