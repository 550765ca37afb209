//! New keys in the sync of whoever removed a desk: for the urgent cases, and for those in which somebody stands aside,
//! because there the migrant's phone cannot make new ones. All others get theirs when they are next written. Where
//! somebody stands aside keys go to desks one by one: a desk that was let in gets them in the sync of who let it in.

use amana_vault::store::CaseRow;
use serde::{Deserialize, de::IgnoredAny};

use crate::{Client, ClientError, client::meta, keys};

/// Up to which priority open cases get new keys at once: P0 and P1.
const URGENT: u8 = 1;

/// What a case's row says of who stands aside.
#[derive(Deserialize)]
struct Aside {
    #[serde(default)]
    recused: Vec<IgnoredAny>,
}

/// Why keys are due: a desk was removed, or moved down.
pub(crate) const REKEY_URGENT: &[u8] = b"1";
/// Why keys are due: a desk was let in.
pub(crate) const REKEY_ASIDE: &[u8] = b"0";

fn is_due_at_once(row: &CaseRow, removed: bool) -> bool {
    let aside = || serde_json::from_slice::<Aside>(&row.summary).is_ok_and(|row| !row.recused.is_empty());
    (removed && row.open && row.priority <= URGENT) || aside()
}

impl Client {
    /// After a removal: gives every log of the open P0 and P1 cases, and of all with a recusal, a new key. Whatever
    /// interrupts it, the next sync goes on. Returns how many epochs began.
    pub(crate) fn rekey_urgent(&mut self) -> Result<u64, ClientError> {
        let Some(why) = self.write(|tx| Ok(tx.meta(meta::REKEY_DUE)?))? else { return Ok(0) };
        let removed = why.as_slice() != REKEY_ASIDE;
        let mut made = 0;
        let rows = self.write(|tx| Ok(tx.all_case_rows()?))?;
        for row in rows.iter().filter(|row| is_due_at_once(row, removed)) {
            let rekeyed = self.write_case(row.case, |writer| {
                keys::rekey_case(writer.tx, writer.trust, &mut writer.case, &writer.author)
            });
            match rekeyed {
                Ok(count) => made += count,
                // One case that this desk may not write to must not hold up the others, nor its sync.
                Err(
                    ClientError::Recused
                    | ClientError::Forbidden
                    | ClientError::NotAllowed
                    | ClientError::LogNotHereYet
                    | ClientError::OrganisationNotReady
                    | ClientError::UpdateNeeded,
                ) => {}
                Err(error) => return Err(error),
            }
        }
        self.write(|tx| Ok(tx.delete_meta(meta::REKEY_DUE)?))?;
        Ok(made)
    }
}
