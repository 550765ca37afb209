//! `/v1/directory`: the deployment's chain.

mod extend;
mod show;

pub(super) use extend::extend;
pub(super) use show::show;
