//! `amana desk VAULT recovery`.

use std::path::Path;

use super::roster;
use crate::{
    args::desk::team::{RecoveryVerb, RestoreArgs},
    context::Context,
    error::CliError,
    json::{RecoveryCode, RecoveryText, RecoveryView},
    output::Output,
    session,
    text_arg::TextArgs,
};

/// Sets a recovery up, shows it, or uses it.
pub async fn run(context: &Context, vault: &Path, verb: RecoveryVerb) -> Result<Output, CliError> {
    let mut client = session::desk(context, vault)?;
    match verb {
        RecoveryVerb::Show => {
            let names = session::names(&mut client)?;
            let view = RecoveryView::of(&client.recovery_state()?, &client.recoveries()?, &names);
            Ok(Output::new(context, &view))
        }
        RecoveryVerb::Code => {
            let code = client.set_recovery_code()?;
            let synced = session::first_sync(&mut client).await?.is_some();
            Ok(Output::new(context, &RecoveryCode { code: code.to_string(), synced }))
        }
        RecoveryVerb::Officers { names } => {
            let [one, two, three] = names.as_slice() else { return Err(CliError::usage("NAME NAME NAME")) };
            client
                .set_recovery_officers([one, two, three])
                .map_err(|error| CliError::from(error).about(&names.join(", ")))?;
            roster::after_change(context, client).await
        }
        RecoveryVerb::Request => Ok(text(context, client.recovery_request()?)),
        RecoveryVerb::Begin => Ok(text(context, client.begin_recovery()?)),
        RecoveryVerb::Finish { half, request } => Ok(text(context, client.finish_recovery(&half, &request)?)),
        RecoveryVerb::Restore(RestoreArgs { code_file, share }) => {
            match share {
                Some(share) => client.recover_with_share(&share).await?,
                None => {
                    let code = TextArgs { text: None, text_file: code_file }.read()?;
                    client.recover_with_code(code.trim()).await?;
                }
            }
            roster::after_change(context, client).await
        }
    }
}

fn text(context: &Context, text: String) -> Output {
    Output::new(context, &RecoveryText { text })
}
