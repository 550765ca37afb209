//! Who is who: directory chain and rosters, fetched, verified, and offered again to a relay that lost them.

use amana_crypto::StrictVerifier;
use amana_domain::{
    ids::OrganisationId,
    trust::{ChainOrder, RosterChain},
};
use amana_protocol::wire::{DirectoryPut, Newest, RelayInfo, RosterRef, RostersAnswer, RostersPut};
use serde_bytes::ByteBuf;

use super::{Report, Warning, api::Api};
use crate::{Client, ClientError, transport::Method};

impl Client {
    /// Learns what the relay knows of directory and rosters, and gives it what it lacks.
    pub(crate) async fn sync_trust(
        &mut self,
        api: &mut Api<'_>,
        report: &mut Report,
    ) -> Result<RelayInfo, ClientError> {
        let (info, answer) = self.meet_relay(api, report).await?;
        let newest = self.trust.directory().ok_or(ClientError::RelayNotPublished)?;
        // A relay speaks for the deployment only with the key that a directory signed by the pinned root names.
        if newest.relay.key != info.key {
            return Err(if info.claimed {
                ClientError::RelayKeyChanged
            } else {
                ClientError::RelayNotPublished
            });
        }
        if !info.claimed {
            return Err(ClientError::RelayNotPublished);
        }
        api.set_relay(info.key);
        api.skew_ms = info.time_ms.cast_signed().wrapping_sub(self.env.now_ms().cast_signed());
        if self.trust.directory_is_stale(api.relay_ms()) {
            report.warn_code("directory_expired");
        }
        self.offer_directories(api, info.directory_version).await?;

        let organisations: Vec<OrganisationId> = self
            .trust
            .directory()
            .map(|directory| directory.organisations.iter().map(|org| org.id).collect())
            .unwrap_or_default();
        for organisation in organisations {
            let theirs = answer.rosters.iter().find(|known| known.organisation == organisation);
            if let Err(error) = self.sync_roster(api, organisation, theirs, report).await {
                match error {
                    // One organisation's broken chain must not keep others' cases from moving.
                    ClientError::RelayAnswer | ClientError::Relay(_) => {
                        report.warn(Warning { code: "relay_fork", case: None, log: None });
                    }
                    other => return Err(other),
                }
            }
        }
        Ok(info)
    }

    async fn offer_directories(&mut self, api: &mut Api<'_>, theirs: u64) -> Result<(), ClientError> {
        let missing = self.trust.directories().after(theirs);
        if missing.is_empty() {
            return Ok(());
        }
        let directories = missing.iter().map(|directory| ByteBuf::from(directory.to_bytes())).collect();
        let put = DirectoryPut { directories, claim: None };
        let _: Newest = api.send(Method::Put, "/v1/directory", &put, None).await?;
        Ok(())
    }

    async fn sync_roster(
        &mut self,
        api: &mut Api<'_>,
        organisation: OrganisationId,
        theirs: Option<&RosterRef>,
        report: &mut Report,
    ) -> Result<(), ClientError> {
        let ours = self.trust.chain(organisation);
        let number = theirs.map_or(0, |roster| roster.n);
        let known = theirs.is_none_or(|roster| ours.hash_of(roster.n) == Some(roster.hash));
        if known && number < ours.number() {
            return self.offer_roster(api, organisation, number).await;
        }
        if known {
            return Ok(());
        }
        let mut chain = ours.clone();
        if number <= ours.number() || self.fetch_roster(api, &mut chain).await.is_err() {
            // Not a continuation of what this device knows: judge the relay's chain as a whole.
            let mut whole = self.trust.new_chain(organisation);
            self.fetch_roster(api, &mut whole).await?;
            if ours.number() > 0 && matches!(ours.compare(&whole), ChainOrder::Fork { .. }) {
                report.warn(Warning { code: "relay_fork", case: None, log: None });
            }
            if !ours.yields_to(&whole) {
                // A relay keeps the chain that came first; offered again, this one would only be refused.
                return Ok(());
            }
            self.write(|tx| Ok(tx.truncate_rosters(organisation, 1)?))?;
            chain = whole;
        }
        self.keep_roster(chain)
    }

    /// Takes in a verified chain, durably.
    pub(crate) fn keep_roster(&mut self, chain: RosterChain) -> Result<(), ClientError> {
        self.write(|tx| {
            for head in chain.after(0) {
                tx.add_roster(*chain.organisation(), head.body().n, &head.to_bytes())?;
            }
            Ok(())
        })?;
        self.trust.set_chain(chain);
        Ok(())
    }

    /// Extends a chain by what the relay has after it.
    pub(crate) async fn fetch_roster(
        &mut self,
        api: &mut Api<'_>,
        chain: &mut RosterChain,
    ) -> Result<(), ClientError> {
        let organisation = *chain.organisation();
        loop {
            let path = format!("/v1/rosters/{organisation}?after={}", chain.number());
            let answer: RostersAnswer = api.get(&path, false).await?;
            if answer.heads.is_empty() {
                return Ok(());
            }
            for head in &answer.heads {
                chain.extend(head, &StrictVerifier).map_err(|_| ClientError::RelayAnswer)?;
            }
        }
    }

    /// Gives the relay the rosters after `theirs`, with the newest one's part if this device has it.
    pub(crate) async fn offer_roster(
        &mut self,
        api: &mut Api<'_>,
        organisation: OrganisationId,
        theirs: u64,
    ) -> Result<(), ClientError> {
        let chain = self.trust.chain(organisation);
        let number = chain.number();
        let part = self.write(|tx| Ok(tx.roster_part(organisation, number)?))?;
        let heads = chain.after(theirs).iter().map(|head| ByteBuf::from(head.to_bytes())).collect();
        let put = RostersPut { heads, part: part.map(ByteBuf::from) };
        let _: Newest = api.send(Method::Put, &format!("/v1/rosters/{organisation}"), &put, None).await?;
        Ok(())
    }
}
