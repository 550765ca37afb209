//! Mailbox frames: a header and blobs, each behind its length (u32 BE).

use amana_domain::{
    canonical::{self, CanonicalError},
    ids::{Generation, Hash},
};
use serde::{Deserialize, Serialize};

use crate::limits::{MAX_ENVELOPE, MAX_FRAMES};

/// The media type of frames.
pub const MEDIA_TYPE: &str = "application/octet-stream";
pub(crate) const MAX_HEADER: usize = 1024;

/// The first frame: which blobs follow, and how far the mailbox goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameHeader {
    /// The store that answers.
    pub generation: Generation,
    /// The blobs from + 1 … to follow.
    pub from: u64,
    /// The last blob that follows; equal to `from` if none does.
    pub to: u64,
    /// The mailbox's newest sequence.
    pub head: u64,
    /// The mailbox's chain head at `head`.
    pub chain: Hash,
}

/// Frames as read: the header and its blobs in sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frames<'a> {
    /// The header.
    pub header: FrameHeader,
    /// The blobs from + 1 … to.
    pub blobs: Vec<&'a [u8]>,
}

/// Why frames cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameError {
    /// A length or its bytes are cut off.
    #[error("truncated frames")]
    Truncated,
    /// A frame is longer than any envelope.
    #[error("frame too long")]
    TooLong,
    /// The header is malformed.
    #[error("bad frame header")]
    Header(#[from] CanonicalError),
    /// There are not as many frames as a header says, or a header says what cannot be.
    #[error("wrong number of frames")]
    Count,
    /// A section is about another mailbox than the one that was asked for at its place.
    #[error("wrong mailbox")]
    Mailbox,
}

/// Appends one frame.
pub fn write(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), FrameError> {
    if bytes.len() > MAX_ENVELOPE {
        return Err(FrameError::TooLong);
    }
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

/// Writes a header and its blobs.
pub fn encode<'a>(
    header: &FrameHeader,
    blobs: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, FrameError> {
    let mut out = Vec::new();
    write(&mut out, &canonical::to_vec(header)?)?;
    for blob in blobs {
        write(&mut out, blob)?;
    }
    Ok(out)
}

/// Reads a header and its blobs without copying them.
pub fn decode(bytes: &[u8]) -> Result<Frames<'_>, FrameError> {
    let (header, mut rest) = take(bytes, MAX_HEADER)?;
    let header: FrameHeader = canonical::from_slice(header)?;
    let count = header.to.checked_sub(header.from).ok_or(FrameError::Count)?;
    if header.head < header.to || count > MAX_FRAMES as u64 {
        return Err(FrameError::Count);
    }
    let mut blobs = Vec::with_capacity(count as usize);
    while !rest.is_empty() {
        let (blob, after) = take(rest, MAX_ENVELOPE)?;
        blobs.push(blob);
        rest = after;
    }
    if blobs.len() as u64 != count {
        return Err(FrameError::Count);
    }
    Ok(Frames { header, blobs })
}

pub(crate) fn take(bytes: &[u8], longest: usize) -> Result<(&[u8], &[u8]), FrameError> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(FrameError::Truncated)?;
    let length = u32::from_be_bytes(*length) as usize;
    if length > longest {
        return Err(FrameError::TooLong);
    }
    rest.split_at_checked(length).ok_or(FrameError::Truncated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(from: u64, to: u64) -> FrameHeader {
        FrameHeader {
            generation: Generation::from_bytes([1; 16]),
            from,
            to,
            head: to,
            chain: Hash::of(b"chain"),
        }
    }

    #[test]
    fn round_trip() {
        let blobs: [&[u8]; 2] = [b"one", b""];
        let bytes = encode(&header(3, 5), blobs).unwrap();
        assert_eq!(decode(&bytes).unwrap(), Frames { header: header(3, 5), blobs: blobs.to_vec() });
    }

    #[test]
    fn every_truncation_and_a_wrong_count_are_refused() {
        let bytes = encode(&header(0, 2), [&b"one"[..], b"two"]).unwrap();
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{length}");
        }
        assert_eq!(decode(&encode(&header(0, 3), [&b"one"[..]]).unwrap()), Err(FrameError::Count));
        assert_eq!(decode(&encode(&header(5, 3), []).unwrap()), Err(FrameError::Count));
        assert_eq!(decode(&encode(&header(0, u64::MAX), []).unwrap()), Err(FrameError::Count));
        let behind = FrameHeader { head: 0, ..header(0, 1) };
        assert_eq!(decode(&encode(&behind, [&b"x"[..]]).unwrap()), Err(FrameError::Count));
    }

    #[test]
    fn hostile_lengths_are_refused() {
        assert_eq!(decode(&[0xff; 8]), Err(FrameError::TooLong));
        let mut bytes = encode(&header(0, 1), []).unwrap();
        bytes.extend_from_slice(&(MAX_ENVELOPE as u32 + 1).to_be_bytes());
        assert_eq!(decode(&bytes), Err(FrameError::TooLong));
        assert_eq!(write(&mut Vec::new(), &vec![0; MAX_ENVELOPE + 1]), Err(FrameError::TooLong));
    }
}
