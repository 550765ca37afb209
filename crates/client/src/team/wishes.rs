//! What this admin decided about colleagues' desks and no roster says yet.

use amana_domain::{canonical, ids::DeviceId, role::Role, trust::roster::RosterHead};
use serde::{Deserialize, Serialize};

use crate::{Client, ClientError, client::meta, sync::canonical_bytes};

/// What is wished about one device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wish {
    /// Which.
    pub device: DeviceId,
    /// What.
    pub what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum What {
    /// It leaves the team.
    Remove,
    /// It is listed in this role from now on.
    Role(Role),
    /// Its certificate had ended on this day; it may have a new one.
    Renew(u32),
}

impl Wish {
    /// Whether a roster says it already, or cannot any more.
    fn is_done(&self, head: &RosterHead) -> bool {
        match (head.device(&self.device), self.what) {
            (None, _) => true,
            (Some(_), What::Remove) => false,
            (Some(listed), What::Role(role)) => listed.role == role,
            (Some(listed), What::Renew(ended)) => listed.not_after_day > ended,
        }
    }

    /// A later wish takes the place of an earlier one of its kind.
    fn replaces(&self, other: &Wish) -> bool {
        self.device == other.device
            && std::mem::discriminant(&self.what) == std::mem::discriminant(&other.what)
    }
}

impl Client {
    /// Everything that is still wished. What the newest roster says already is forgotten.
    pub(crate) fn wishes(&mut self) -> Result<Vec<Wish>, ClientError> {
        let Some(organisation) = self.desk().map(|desk| desk.organisation) else { return Ok(Vec::new()) };
        let Some(bytes) = self.write(|tx| Ok(tx.meta(meta::WISHES)?))? else { return Ok(Vec::new()) };
        let kept: Vec<Wish> = canonical::from_slice(&bytes).map_err(|_| ClientError::Internal("wishes"))?;
        let Some(head) = self.trust.roster(organisation) else { return Ok(kept) };
        let (done, open): (Vec<Wish>, Vec<Wish>) =
            kept.into_iter().partition(|wish| wish.is_done(head.body()));
        if !done.is_empty() {
            self.keep_wishes(&open)?;
        }
        Ok(open)
    }

    pub(crate) fn wish(&mut self, wish: Wish) -> Result<(), ClientError> {
        let mut wishes = self.wishes()?;
        wishes.retain(|kept| !wish.replaces(kept));
        wishes.push(wish);
        self.keep_wishes(&wishes)
    }

    fn keep_wishes(&mut self, wishes: &[Wish]) -> Result<(), ClientError> {
        let bytes = canonical_bytes(&wishes)?;
        self.write(|tx| {
            if wishes.is_empty() {
                tx.delete_meta(meta::WISHES)?;
            } else {
                tx.set_meta(meta::WISHES, &bytes)?;
            }
            Ok(())
        })
    }
}
