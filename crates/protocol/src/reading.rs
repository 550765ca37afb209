//! Reading many mailboxes in one request: the request's body, and the answer as frames.
//!
//! The answer begins with an [`Opening`]. Then comes, for each mailbox that was reached, in the order of the request,
//! a frame that says what the relay has there or why it may not be read, and its blobs.

use amana_domain::{
    canonical,
    ids::{Generation, Hash, MailboxId},
};
use serde::{Deserialize, Serialize};

use crate::{
    ErrorCode,
    frames::{FrameError, FrameHeader, Frames, MAX_HEADER, take, write},
    limits::{MAX_ENVELOPE, MAX_FRAMES},
};

/// Body of `POST /v1/mailboxes/read`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadMailboxes {
    /// What to read, each mailbox once, in the order of its importance.
    pub mailboxes: Vec<ReadFrom>,
}

/// A mailbox and the sequence after which to read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadFrom(pub MailboxId, pub u64);

/// The first frame of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// The store that answers.
    pub generation: Generation,
    /// How many of the request's mailboxes are answered; the others were not reached, and are to be asked for again.
    pub reached: u64,
}

/// What the answer says of one mailbox: its blobs, or why it may not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// As `GET /v1/mailboxes/{id}` answers.
    pub found: Result<Frames<'a>, ErrorCode>,
}

#[derive(Serialize, Deserialize)]
struct SectionHeader {
    mailbox: MailboxId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    head: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chain: Option<Hash>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<ErrorCode>,
}

/// Writes an answer. The sections are those of the request's first mailboxes, in its order.
pub fn encode(generation: Generation, sections: &[Section<'_>]) -> Result<Vec<u8>, FrameError> {
    let mut out = Vec::new();
    write(&mut out, &canonical::to_vec(&Opening { generation, reached: sections.len() as u64 })?)?;
    for Section { mailbox, found } in sections {
        let bare =
            SectionHeader { mailbox: *mailbox, from: None, to: None, head: None, chain: None, error: None };
        let (header, blobs) = match found {
            Ok(frames) => {
                let FrameHeader { generation: _, from, to, head, chain } = frames.header;
                let (from, to, head) = (Some(from), Some(to), Some(head));
                (SectionHeader { from, to, head, chain: Some(chain), ..bare }, frames.blobs.as_slice())
            }
            Err(code) => (SectionHeader { error: Some(*code), ..bare }, &[][..]),
        };
        write(&mut out, &canonical::to_vec(&header)?)?;
        for blob in blobs {
            write(&mut out, blob)?;
        }
    }
    Ok(out)
}

/// Reads the answer to a request without copying its blobs: at least one section if any was asked for, each of the
/// mailbox that was asked for at its place, all of them together with no more blobs than one answer may have.
pub fn decode<'a>(bytes: &'a [u8], asked: &[ReadFrom]) -> Result<(Generation, Vec<Section<'a>>), FrameError> {
    let (opening, mut rest) = take(bytes, MAX_HEADER)?;
    let Opening { generation, reached } = canonical::from_slice(opening)?;
    let reached = usize::try_from(reached)
        .ok()
        .filter(|reached| *reached <= asked.len() && (*reached > 0 || asked.is_empty()))
        .ok_or(FrameError::Count)?;
    let mut room = MAX_FRAMES as u64;
    let mut sections = Vec::with_capacity(reached);
    for ReadFrom(wanted, _) in &asked[..reached] {
        let (header, after) = take(rest, MAX_HEADER)?;
        rest = after;
        let header: SectionHeader = canonical::from_slice(header)?;
        if header.mailbox != *wanted {
            return Err(FrameError::Mailbox);
        }
        let found = match header {
            SectionHeader {
                from: Some(from),
                to: Some(to),
                head: Some(head),
                chain: Some(chain),
                error: None,
                ..
            } => {
                let count = to.checked_sub(from).filter(|count| *count <= room).ok_or(FrameError::Count)?;
                if head < to {
                    return Err(FrameError::Count);
                }
                room -= count;
                let mut blobs = Vec::new();
                for _ in 0..count {
                    let (blob, after) = take(rest, MAX_ENVELOPE)?;
                    rest = after;
                    blobs.push(blob);
                }
                Ok(Frames { header: FrameHeader { generation, from, to, head, chain }, blobs })
            }
            SectionHeader { from: None, to: None, head: None, chain: None, error: Some(code), .. } => {
                Err(code)
            }
            _ => return Err(FrameError::Count),
        };
        sections.push(Section { mailbox: *wanted, found });
    }
    if rest.is_empty() { Ok((generation, sections)) } else { Err(FrameError::Count) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mailbox(n: u8) -> MailboxId {
        MailboxId::from_bytes([n; 16])
    }

    fn asked() -> Vec<ReadFrom> {
        [1, 2, 3].map(|n| ReadFrom(mailbox(n), 5)).to_vec()
    }

    fn generation() -> Generation {
        Generation::from_bytes([1; 16])
    }

    fn found(n: u8, from: u64, head: u64, blobs: &[&'static [u8]]) -> Section<'static> {
        let header = FrameHeader {
            generation: generation(),
            from,
            to: from + blobs.len() as u64,
            head,
            chain: Hash::of(b"chain"),
        };
        Section { mailbox: mailbox(n), found: Ok(Frames { header, blobs: blobs.to_vec() }) }
    }

    fn refused(n: u8) -> Section<'static> {
        Section { mailbox: mailbox(n), found: Err(ErrorCode::NoMailbox) }
    }

    #[test]
    fn round_trip_of_every_number_that_was_reached() {
        let all = [found(1, 5, 7, &[b"one", b""]), refused(2), found(3, 5, 5, &[])];
        for reached in 1..=all.len() {
            let sections = &all[..reached];
            let bytes = encode(generation(), sections).unwrap();
            assert_eq!(decode(&bytes, &asked()).unwrap(), (generation(), sections.to_vec()));
        }
        let nothing = encode(generation(), &[]).unwrap();
        assert_eq!(decode(&nothing, &[]).unwrap(), (generation(), vec![]));
    }

    #[test]
    fn truncations_trailing_bytes_and_flipped_bits_never_pass_or_panic() {
        let sections = [found(1, 5, 7, &[b"one", b"two"]), refused(2), found(3, 5, 6, &[b"x"])];
        let mut bytes = encode(generation(), &sections).unwrap();
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length], &asked()).is_err(), "{length}");
        }
        for at in 0..bytes.len() * 8 {
            bytes[at / 8] ^= 1 << (at % 8);
            if let Ok((_, read)) = decode(&bytes, &asked()) {
                assert_eq!(read.len(), 3);
            }
            bytes[at / 8] ^= 1 << (at % 8);
        }
        bytes.push(0);
        assert!(decode(&bytes, &asked()).is_err());
        bytes.extend_from_slice(&[0; 3]);
        assert_eq!(decode(&bytes, &asked()), Err(FrameError::Count));
    }

    #[test]
    fn an_answer_must_be_to_this_request() {
        let read =
            |sections: &[Section<'_>]| decode(&encode(generation(), sections).unwrap(), &asked()).err();
        assert_eq!(read(&[]), Some(FrameError::Count), "nobody would come further");
        assert_eq!(read(&[refused(2)]), Some(FrameError::Mailbox));
        assert_eq!(read(&[refused(1), refused(3)]), Some(FrameError::Mailbox));
        assert_eq!(read(&[refused(1), refused(2), refused(3), refused(3)]), Some(FrameError::Count));
        assert_eq!(read(&[found(1, 5, 5, &[b"x"])]), Some(FrameError::Count), "head before the last blob");
    }

    #[test]
    fn counts_that_cannot_be_are_refused_before_anything_is_made_for_them() {
        for (from, to) in [(0, u64::MAX), (0, MAX_FRAMES as u64 + 1), (6, 5)] {
            let mut section = found(1, 0, u64::MAX, &[]);
            if let Ok(frames) = &mut section.found {
                (frames.header.from, frames.header.to) = (from, to);
            }
            let bytes = encode(generation(), &[section]).unwrap();
            assert_eq!(decode(&bytes, &asked()), Err(FrameError::Count));
        }
        // The bound holds for all sections together.
        let half = [&b"x"[..]; MAX_FRAMES / 2 + 1];
        let sections = [found(1, 5, 1 << 20, &half), found(2, 5, 1 << 20, &half)];
        assert_eq!(decode(&encode(generation(), &sections).unwrap(), &asked()), Err(FrameError::Count));
        assert!(decode(&encode(generation(), &sections[..1]).unwrap(), &asked()).is_ok());
    }

    #[test]
    fn a_section_is_either_found_or_refused() {
        let whole = SectionHeader {
            mailbox: mailbox(1),
            from: Some(5),
            to: Some(5),
            head: Some(5),
            chain: Some(Hash::of(b"chain")),
            error: None,
        };
        let read = |header: &SectionHeader| {
            let mut bytes = Vec::new();
            let opening = Opening { generation: generation(), reached: 1 };
            write(&mut bytes, &canonical::to_vec(&opening).unwrap()).unwrap();
            write(&mut bytes, &canonical::to_vec(header).unwrap()).unwrap();
            decode(&bytes, &asked()).map(|_| ())
        };
        assert_eq!(read(&whole), Ok(()));
        let both = SectionHeader { error: Some(ErrorCode::NoMailbox), ..whole };
        assert_eq!(read(&both), Err(FrameError::Count));
        let part = SectionHeader { chain: None, error: None, ..both };
        assert_eq!(read(&part), Err(FrameError::Count));
        let neither = SectionHeader { from: None, to: None, head: None, ..part };
        assert_eq!(read(&neither), Err(FrameError::Count));
    }
}
