//! Every JSON shape that the command prints. The shapes are a contract: snapshots freeze them, new keys may be
//! added, none changes. Times are RFC 3339 UTC; ids are as the contract spells them.

mod alert;
mod brief;
mod case;
mod deploy;
mod desk;
mod due;
mod found;
mod from_client;
mod sync;
mod team;

pub use alert::{
    AlertView, ArmedView, LadderView, NoticePublished, NoticeView, PlaceView, RungView, ShiftView, SosView,
};
pub use brief::{BriefView, HandedOver, LastContact, NotHanded};
pub use case::{
    Addition, AmountView, Attachment, CaseView, CasesView, ClockView, Conflict, ConflictValue, Consent,
    EmergencyView, IndicatorView, InterpreterView, Merged, Message, Note, PersonAdded, PersonView, QueueView,
    ReadableBy, Recorded, Referral, Refused, Rule, SafeguardsView, Task,
};
pub use deploy::{DeployInit, InviteMade, Listening, OrganisationAdded, Published, Serving};
pub use desk::{
    AttachmentSaved, DemoCase, DemoReport, DemoStep, DeskJoined, Exported, RosterDesk, RosterView,
};
pub use due::DueView;
pub use found::{FoundView, HitView};
pub use from_client::{Names, time};
pub use sync::{
    Changed, Difference, Filed, HelpText, PhoneJoined, SecretSet, SyncReport, VerifyReport, Warning, Written,
};

pub use team::{RecoveryCode, RecoveryText, RecoveryUsed, RecoveryView, SafetyView};

#[cfg(test)]
pub(crate) mod samples;
