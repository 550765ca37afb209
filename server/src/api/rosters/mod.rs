//! `/v1/rosters/{org}`: the chain of a team.

mod extend;
mod part;
mod recovery;
mod show;

pub(super) use extend::extend;
pub(super) use part::part;
pub(super) use recovery::recovery;
pub(super) use show::show;
