//! The safe-contact plan: how the migrant may be reached without putting her in danger.
//!
//! What is not listed is not allowed. No message goes to a number or address that is not in the plan, none at
//! all outside the app when `do_not_reply` is set.

mod hours;

use serde::{Deserialize, Serialize};

pub use hours::{Hours, HoursError};

use crate::{
    text::{CaseText, Line},
    words::words,
};

/// Largest plan that is read, in bytes.
pub const MAX_PLAN: usize = 16 * 1024;
/// Most channels in a plan.
pub const MAX_CHANNELS: usize = 16;

words! {
    /// A way to reach somebody.
    pub enum Channel ("channel") {
        /// The conversation in the app.
        App = "app",
        /// A text message.
        Sms = "sms",
        /// A telephone call.
        Call = "call",
        /// A WhatsApp message.
        Whatsapp = "whatsapp",
        /// E-mail.
        Email = "email",
        /// Another; the address says which.
        Other = "other",
    }
}

/// One allowed channel.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SafeChannel {
    /// Which.
    pub channel: Channel,
    /// Number or address; every channel but `app` needs one to be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Line>,
    /// When, in her local time; absent: at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
}

/// How the migrant may be reached. The default allows nothing.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SafeContact {
    /// Allowed channels.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<SafeChannel>,
    /// A word that tells her and the caseworker who they speak with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_word: Option<Line>,
    /// Two plans named different code words: trust neither until she says which.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub code_word_unclear: bool,
    /// Who may take a call besides herself; absent: nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub who_may_answer: Option<Line>,
    /// Send nothing outside the app.
    #[serde(default)]
    pub do_not_reply: bool,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<CaseText>,
}

/// Why a plan is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SafeContactError {
    /// Over [`MAX_PLAN`] bytes.
    #[error("the safe-contact plan is too large")]
    TooLarge,
    /// Not JSON of the expected shape, or with unknown fields: a misspelt rule must not be lost.
    #[error("the safe-contact plan does not have the expected form")]
    Form(#[from] serde_json::Error),
    /// Over [`MAX_CHANNELS`] channels.
    #[error("too many channels")]
    TooManyChannels,
    /// The same channel and address twice.
    #[error("a channel occurs twice")]
    Repeated,
}

/// The strict form of a file: events are read leniently because newer versions may add fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileForm {
    #[serde(default)]
    channels: Vec<FileChannel>,
    code_word: Option<Line>,
    who_may_answer: Option<Line>,
    #[serde(default)]
    do_not_reply: bool,
    notes: Option<CaseText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileChannel {
    channel: Channel,
    address: Option<Line>,
    hours: Option<Hours>,
}

impl SafeContact {
    /// Reads a plan from a JSON file, strictly.
    pub fn parse_json(json: &[u8]) -> Result<Self, SafeContactError> {
        if json.len() > MAX_PLAN {
            return Err(SafeContactError::TooLarge);
        }
        let FileForm { channels, code_word, who_may_answer, do_not_reply, notes } =
            serde_json::from_slice(json)?;
        if channels.len() > MAX_CHANNELS {
            return Err(SafeContactError::TooManyChannels);
        }
        let mut channels: Vec<SafeChannel> = channels
            .into_iter()
            .map(|FileChannel { channel, address, hours }| SafeChannel { channel, address, hours })
            .collect();
        channels.sort();
        if channels.windows(2).any(|pair| pair[0].same_way(&pair[1])) {
            return Err(SafeContactError::Repeated);
        }
        Ok(Self { channels, code_word, code_word_unclear: false, who_may_answer, do_not_reply, notes })
    }

    /// Whether a channel to an address may be used at a minute (0–1439) of her local day; `None`: the time there
    /// is not known, so only channels without hours are allowed. In the app itself only the hours count.
    pub fn allows(&self, channel: Channel, address: Option<&str>, minute: Option<u16>) -> bool {
        let outside = channel != Channel::App;
        if outside && (self.do_not_reply || address.is_none()) {
            return false;
        }
        self.channels.iter().any(|allowed| {
            allowed.channel == channel
                && (!outside || allowed.address.as_ref().map(Line::as_str) == address)
                && match (&allowed.hours, minute) {
                    (None, _) => true,
                    (Some(hours), Some(minute)) => hours.contains(minute),
                    (Some(_), None) => false,
                }
        })
    }

    /// The plan for values written concurrently: allowed is only what all of them allow.
    ///
    /// The order does not matter, and merging a plan with itself changes nothing but the order of channels.
    pub fn merge(&self, other: &Self) -> Self {
        let mut channels = Vec::new();
        for mine in &self.channels {
            for theirs in other.channels.iter().filter(|theirs| mine.same_way(theirs)) {
                let hours = match (&mine.hours, &theirs.hours) {
                    (None, None) => None,
                    (Some(hours), None) | (None, Some(hours)) => Some(hours.clone()),
                    (Some(mine), Some(theirs)) => match mine.intersection(theirs) {
                        Some(both) => Some(both),
                        None => continue,
                    },
                };
                channels.push(SafeChannel { hours, ..mine.clone() });
            }
        }
        channels.sort();
        channels.dedup();
        let unclear = self.code_word_unclear || other.code_word_unclear || self.code_word != other.code_word;
        let same =
            |mine: &Option<Line>, theirs: &Option<Line>| if mine == theirs { mine.clone() } else { None };
        Self {
            channels,
            code_word: if unclear { None } else { self.code_word.clone() },
            code_word_unclear: unclear,
            who_may_answer: same(&self.who_may_answer, &other.who_may_answer),
            do_not_reply: self.do_not_reply || other.do_not_reply,
            notes: join_notes(self.notes.as_ref(), other.notes.as_ref()),
        }
    }
}

impl SafeChannel {
    fn same_way(&self, other: &Self) -> bool {
        self.channel == other.channel && self.address == other.address
    }
}

/// All lines of both, once each; too long together: what fits.
fn join_notes(one: Option<&CaseText>, other: Option<&CaseText>) -> Option<CaseText> {
    if one == other {
        return one.cloned();
    }
    let mut lines: Vec<&str> =
        one.into_iter().chain(other).flat_map(|notes| notes.as_str().lines()).collect();
    lines.sort_unstable();
    lines.dedup();
    let mut joined = String::new();
    for line in lines {
        if joined.len() + line.len() + 1 > crate::text::MAX_TEXT {
            break;
        }
        if !joined.is_empty() {
            joined.push('\n');
        }
        joined.push_str(line);
    }
    CaseText::new(joined).ok()
}

#[cfg(test)]
mod tests;
