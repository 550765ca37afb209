//! The verbs of `amana desk`, one file each.

pub mod accept;
pub mod ack;
pub mod adopt;
pub mod alerts;
pub mod assign;
pub mod attachment;
pub mod brief;
pub mod cap;
pub mod close_alert;
pub mod decide;
pub mod done;
pub mod due;
pub mod enter;
pub mod export;
pub mod hand_over;
pub mod indicators;
pub mod join;
pub mod ladder;
pub mod link;
pub mod merge;
pub mod note;
pub mod notice;
pub mod origin_contact;
pub mod person;
pub mod priority;
pub mod queue;
pub mod record;
pub mod recovery;
pub mod recuse;
pub mod refer;
pub mod reject;
pub mod remove;
pub mod renew;
pub mod reopen;
pub mod respond;
pub mod revoke;
pub mod role;
pub mod roster;
pub mod safeguard;
pub mod safety;
pub mod say;
pub mod search;
pub mod serve;
pub mod shifts;
pub mod show;
pub mod spoken;
pub mod status;
pub mod sync;
pub mod task;
pub mod task_done;
pub mod transfer;
pub mod verify;

use crate::{
    args::desk::{DeskArgs, DeskVerb},
    context::Context,
    error::CliError,
    output::Output,
    run::secrets,
};

/// Runs the verb that was parsed.
pub async fn run(context: &Context, args: DeskArgs) -> Result<Output, CliError> {
    let vault = args.vault;
    match args.verb {
        DeskVerb::Join(args) => join::run(context, &vault, args).await,
        DeskVerb::Sync => sync::run(context, &vault).await,
        DeskVerb::Enter(args) => enter::run(context, &vault, *args).await,
        DeskVerb::Spoken(args) => spoken::run(context, &vault, *args).await,
        DeskVerb::Queue(args) => queue::run(context, &vault, args).await,
        DeskVerb::Show(args) => show::run(context, &vault, args).await,
        DeskVerb::Search(args) => search::run(context, &vault, args).await,
        DeskVerb::Attachment(args) => attachment::run(context, &vault, args).await,
        DeskVerb::Say(args) => say::run(context, &vault, args).await,
        DeskVerb::Assign(args) => assign::run(context, &vault, args).await,
        DeskVerb::Status(args) => status::run(context, &vault, args).await,
        DeskVerb::Priority(args) => priority::run(context, &vault, args).await,
        DeskVerb::Note(args) => note::run(context, &vault, args).await,
        DeskVerb::Record(args) => record::run(context, &vault, *args).await,
        DeskVerb::Task(args) => task::run(context, &vault, *args).await,
        DeskVerb::TaskDone(args) => task_done::run(context, &vault, args).await,
        DeskVerb::Due(args) => due::run(context, &vault, args).await,
        DeskVerb::Safeguard(args) => safeguard::run(context, &vault, args).await,
        DeskVerb::Indicators(args) => indicators::run(context, &vault, args).await,
        DeskVerb::Person(args) => person::run(context, &vault, *args).await,
        DeskVerb::Recuse(args) => recuse::run(context, &vault, args).await,
        DeskVerb::Merge(args) => merge::run(context, &vault, args).await,
        DeskVerb::Adopt(args) => adopt::run(context, &vault, args).await,
        DeskVerb::Brief(args) => brief::run(context, &vault, args).await,
        DeskVerb::Decide(args) => decide::run(context, &vault, args).await,
        DeskVerb::HandOver(args) => hand_over::run(context, &vault, args).await,
        DeskVerb::Link(args) => link::run(context, &vault, args).await,
        DeskVerb::Reopen(args) => reopen::run(context, &vault, args).await,
        DeskVerb::Refer(args) => refer::run(context, &vault, args).await,
        DeskVerb::Accept(args) => accept::run(context, &vault, args).await,
        DeskVerb::Reject(args) => reject::run(context, &vault, args).await,
        DeskVerb::Done(args) => done::run(context, &vault, args).await,
        DeskVerb::Revoke(args) => revoke::run(context, &vault, args).await,
        DeskVerb::OriginContact(args) => origin_contact::run(context, &vault, args).await,
        DeskVerb::Remove(args) => remove::run(context, &vault, args).await,
        DeskVerb::Role(args) => role::run(context, &vault, args).await,
        DeskVerb::Renew(args) => renew::run(context, &vault, args).await,
        DeskVerb::Transfer(args) => transfer::run(context, &vault, args).await,
        DeskVerb::Safety(args) => safety::run(context, &vault, args).await,
        DeskVerb::Passphrase(args) => secrets::desk_passphrase(context, &vault, &args.verb),
        DeskVerb::Recovery(args) => recovery::run(context, &vault, args.verb).await,
        DeskVerb::Roster => roster::run(context, &vault).await,
        DeskVerb::Export(args) => export::run(context, &vault, args).await,
        DeskVerb::Alerts(args) => alerts::run(context, &vault, args).await,
        DeskVerb::Ack(args) => ack::run(context, &vault, args).await,
        DeskVerb::Respond(args) => respond::run(context, &vault, args).await,
        DeskVerb::CloseAlert(args) => close_alert::run(context, &vault, args).await,
        DeskVerb::Ladder(args) => ladder::run(context, &vault, args.verb).await,
        DeskVerb::Shifts(args) => shifts::run(context, &vault, args.verb).await,
        DeskVerb::Notice(args) => notice::run(context, &vault, args).await,
        DeskVerb::Cap(args) => cap::run(context, &vault, args.verb).await,
        DeskVerb::Serve(args) => serve::run(context, &vault, args).await,
        DeskVerb::Verify => verify::run(context, &vault).await,
    }
}
