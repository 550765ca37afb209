//! Every JSON shape that the command prints. The shapes are a contract: snapshots freeze them, new keys may be
//! added, none changes. Times are RFC 3339 UTC; ids are as the contract spells them.

mod alert;
mod case;
mod deploy;
mod desk;
mod from_client;
mod sync;

pub use alert::{
    AlertView, ArmedView, LadderView, NoticePublished, NoticeView, PlaceView, RungView, ShiftView, SosView,
};
pub use case::{
    Addition, Attachment, CaseView, CasesView, Conflict, Consent, EmergencyView, Message, Note, QueueView,
    Referral, Refused, Rule, Task,
};
pub use deploy::{DeployInit, InviteMade, Listening, OrganisationAdded, Published, Serving};
pub use desk::{
    AttachmentSaved, DemoCase, DemoReport, DemoStep, DeskJoined, Exported, RosterDesk, RosterView,
};
pub use from_client::{Names, time};
pub use sync::{Difference, Filed, HelpText, PhoneJoined, SyncReport, VerifyReport, Warning, Written};

#[cfg(test)]
pub(crate) mod samples;
