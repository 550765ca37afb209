//! `amana desk VAULT roster`.

use std::path::Path;

use crate::{context::Context, error::CliError, error::Code, json::RosterView, output::Output, session};

/// Lists the desks of the team.
pub async fn run(context: &Context, vault: &Path) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let (n, team) = client.team()?;
    let desk = client.desk().ok_or_else(|| CliError::new(Code::Forbidden))?;
    Ok(Output::new(context, &RosterView::of(desk.organisation, n, &team, desk.device())))
}
