//! The verbs of `amana phone`, one file each.

pub mod add;
pub mod answer;
pub mod arm;
pub mod cancel;
pub mod cases;
pub mod check_in;
pub mod consent;
pub mod decline;
pub mod disarm;
pub mod file;
pub mod join;
pub mod notices;
pub mod origin_contact;
pub mod person;
pub mod safety;
pub mod say;
pub mod search;
pub mod serve;
pub mod show;
pub mod sos;
pub mod sync;
pub mod trail;
pub mod transfer;
pub mod verify;
pub mod withdraw;
pub mod withdraw_consent;

use crate::{
    args::phone::{PhoneArgs, PhoneVerb},
    context::Context,
    error::CliError,
    output::Output,
    run::secrets,
};

/// Runs the verb that was parsed.
pub async fn run(context: &Context, args: PhoneArgs) -> Result<Output, CliError> {
    let vault = args.vault;
    match args.verb {
        PhoneVerb::Join(args) => join::run(context, &vault, args).await,
        PhoneVerb::File(args) => file::run(context, &vault, *args).await,
        PhoneVerb::Sync => sync::run(context, &vault).await,
        PhoneVerb::Cases => cases::run(context, &vault).await,
        PhoneVerb::Search(args) => search::run(context, &vault, args).await,
        PhoneVerb::Show(args) => show::run(context, &vault, args).await,
        PhoneVerb::Say(args) => say::run(context, &vault, args).await,
        PhoneVerb::Add(args) => add::run(context, &vault, args).await,
        PhoneVerb::Consent(args) => consent::run(context, &vault, args).await,
        PhoneVerb::Decline(args) => decline::run(context, &vault, args).await,
        PhoneVerb::WithdrawConsent(args) => withdraw_consent::run(context, &vault, args).await,
        PhoneVerb::Person(args) => person::run(context, &vault, *args).await,
        PhoneVerb::OriginContact(args) => origin_contact::run(context, &vault, args).await,
        PhoneVerb::Transfer(args) => transfer::run(context, &vault, args).await,
        PhoneVerb::Safety => safety::run(context, &vault).await,
        PhoneVerb::Pin(args) => secrets::pin(context, &vault, args.verb),
        PhoneVerb::Passphrase(args) => secrets::phone_passphrase(context, &vault, &args.verb),
        PhoneVerb::Withdraw(args) => withdraw::run(context, &vault, args).await,
        PhoneVerb::Sos(args) => sos::run(context, &vault, *args).await,
        PhoneVerb::Trail(args) => trail::run(context, &vault, args).await,
        PhoneVerb::Cancel(args) => cancel::run(context, &vault, args).await,
        PhoneVerb::Arm(args) => arm::run(context, &vault, args).await,
        PhoneVerb::CheckIn(args) => check_in::run(context, &vault, args).await,
        PhoneVerb::Disarm(args) => disarm::run(context, &vault, args).await,
        PhoneVerb::Notices => notices::run(context, &vault).await,
        PhoneVerb::Answer(args) => answer::run(context, &vault, args).await,
        PhoneVerb::Serve(args) => serve::run(context, &vault, args).await,
        PhoneVerb::Verify => verify::run(context, &vault).await,
    }
}
