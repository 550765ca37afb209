//! `amana desk VAULT roster`.

use std::path::Path;

use crate::{
    context::Context,
    error::CliError,
    error::Code,
    json::{RosterDesk, RosterView},
    output::Output,
    session,
};

/// Lists the desks of the team.
pub async fn run(context: &Context, vault: &Path) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let (n, team) = client.team().map_err(session::client_error)?;
    let desk = client.desk().ok_or_else(|| CliError::new(Code::Forbidden))?;
    let own = desk.device();
    let desks = team
        .into_iter()
        .map(|entry| RosterDesk {
            device: entry.device.to_string(),
            name: entry.name,
            role: entry.role,
            not_after: super::super::day(entry.not_after_day),
            this: entry.device == own,
        })
        .collect();
    let organisation = desk.organisation.to_string();
    Ok(Output::new(context, &RosterView { organisation, n, desks }))
}
