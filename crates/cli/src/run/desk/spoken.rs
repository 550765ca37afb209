//! `amana desk VAULT spoken`.

use std::path::Path;

use crate::{
    args::desk::spoken::{Said, SpokenArgs},
    context::Context,
    error::CliError,
    json::Changed,
    output::Output,
    reference, session,
};

/// Records what the person says in a case that staff entered.
pub async fn run(context: &Context, vault: &Path, args: SpokenArgs) -> Result<Output, CliError> {
    let heard = super::super::case_text(args.heard.read()?)?;
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    match args.said {
        Said::Add(text) => {
            let text = super::super::case_text(text.read()?)?;
            client.record_spoken(case, &heard, |client| client.add(case, &text))?;
        }
        Said::Consent(consent) => {
            let what = consent.read()?;
            let to = reference::organisation(&client, &what.to)?;
            client.record_spoken(case, &heard, |client| {
                client.consent(case, to, &what.logs, &what.purpose, what.until)
            })?;
        }
        Said::Decline(whom) => {
            let to = reference::organisation(&client, &whom.to)?;
            client.record_spoken(case, &heard, |client| client.decline(case, to))?;
        }
        Said::WithdrawConsent(whom) => {
            let to = reference::organisation(&client, &whom.to)?;
            client.record_spoken(case, &heard, |client| client.withdraw_consent(case, to))?;
        }
        Said::OriginContact(answer) => {
            client.record_spoken(case, &heard, |client| client.set_origin_contact(case, answer.allow))?;
        }
        Said::Withdraw => {
            client.record_spoken(case, &heard, |client| client.withdraw(case))?;
        }
    }
    Ok(Output::new(context, &Changed::from(case)))
}
