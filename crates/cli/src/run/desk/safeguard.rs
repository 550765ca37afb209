//! `amana desk VAULT safeguard`.

use std::path::Path;

use amana_domain::event::SafeguardSet;

use crate::{
    args::desk::work::SafeguardArgs, context::Context, error::CliError, output::Output, reference, session,
};

/// Says what is known before a return or a notification.
pub async fn run(context: &Context, vault: &Path, args: SafeguardArgs) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let known = args.known;
    let set = SafeguardSet {
        return_is_safe: known.return_is_safe,
        best_interests_decided: known.best_interests,
        deceased: known.deceased,
    };
    let event = client.set_safeguards(case, set)?;
    Ok(super::super::written(context, case, event))
}
