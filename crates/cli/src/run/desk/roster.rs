//! `amana desk VAULT roster`.

use std::path::Path;

use amana_client::Client;

use crate::{
    context::Context,
    error::{CliError, Code},
    json::RosterView,
    output::Output,
    session,
};

/// Lists the desks of the team.
pub async fn run(context: &Context, vault: &Path) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    Ok(Output::new(context, &view(&mut client)?))
}

/// What was decided is durable; one sync is tried at once, and what the team then looks like is told.
pub async fn after_change(context: &Context, mut client: Client) -> Result<Output, CliError> {
    let report = session::first_sync(&mut client).await?;
    let mut view = view(&mut client)?;
    view.synced = Some(report.is_some());
    view.warnings = session::warnings(report);
    Ok(Output::new(context, &view))
}

fn view(client: &mut Client) -> Result<RosterView, CliError> {
    let (n, team) = client.team()?;
    let desk = client.desk().ok_or_else(|| CliError::new(Code::Forbidden))?;
    Ok(RosterView::of(desk.organisation, n, &team, desk.device()))
}
