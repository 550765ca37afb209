//! JPEG (ITU-T T.81): the segments that decoding needs are copied, the few that say how to read the colours are
//! written anew, everything else is left out.
//!
//! A library (`img-parts`) was tried first: it takes whatever follows the first scan header, to the end of the file,
//! as one block, and so keeps appended pictures and videos, and metadata between scans.

use image::metadata::Orientation;

use crate::{
    CleanError,
    clean::{take, take_array},
    exif,
};

/// More segments than any encoder writes: progressive files have some dozens.
const MAX_SEGMENTS: usize = 4096;

const SOI: u8 = 0xD8;
const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP14: u8 = 0xEE;

/// What stands before the first scan and says how the samples are to be read.
#[derive(Default)]
struct Reading {
    jfif: bool,
    orientation: Option<Orientation>,
    exif_seen: bool,
    adobe_transform: Option<u8>,
}

pub(crate) fn clean(bytes: &[u8]) -> Result<Vec<u8>, CleanError> {
    let mut rest = bytes;
    if take_array(&mut rest)? != [0xFF, SOI] {
        return Err(CleanError::Malformed);
    }
    let mut reading = Reading::default();
    let mut body = Vec::with_capacity(bytes.len());
    let (mut frame, mut scan) = (false, false);
    for _ in 0..MAX_SEGMENTS {
        let marker = marker(&mut rest)?;
        if marker == EOI {
            return if scan { Ok(reading.head_then(body)) } else { Err(CleanError::Malformed) };
        }
        let size = u16::from_be_bytes(take_array(&mut rest)?);
        let length = usize::from(size).checked_sub(2).ok_or(CleanError::Malformed)?;
        let data = take(&mut rest, length)?;
        match marker {
            APP0 | APP1 | APP14 if !scan => reading.note(marker, data),
            APP0..=0xEF | 0xFE => {}
            // SOF0 to SOF2, and their arithmetic twins: no hierarchical and no lossless frames.
            0xC0 | 0xC1 | 0xC2 | 0xC9 | 0xCA if !frame && is_frame(data) => {
                frame = true;
                copy(&mut body, marker, data);
            }
            0xC4 if are_huffman_tables(data) => copy(&mut body, marker, data),
            0xCC if data.len().is_multiple_of(2) => copy(&mut body, marker, data),
            0xDB if are_quantisers(data) => copy(&mut body, marker, data),
            0xDD if data.len() == 2 => copy(&mut body, marker, data),
            0xDC if scan && data.len() == 2 => copy(&mut body, marker, data),
            SOS if frame && is_scan(data) => {
                scan = true;
                copy(&mut body, marker, data);
                body.extend_from_slice(take_entropy(&mut rest)?);
            }
            _ => return Err(CleanError::Malformed),
        }
    }
    Err(CleanError::Malformed)
}

impl Reading {
    fn note(&mut self, marker: u8, data: &[u8]) {
        match marker {
            APP0 => self.jfif |= data.starts_with(b"JFIF\0"),
            APP1 => {
                if let Some(found) = data.strip_prefix(b"Exif\0\0").filter(|_| !self.exif_seen) {
                    self.exif_seen = true;
                    self.orientation = exif::turned(found);
                }
            }
            _ => {
                // "Adobe", version, two words of flags, transform.
                if let Some(&transform) = data.strip_prefix(b"Adobe").and_then(|data| data.get(6)) {
                    self.adobe_transform = Some(transform);
                }
            }
        }
    }

    /// The whole file. JFIF and Adobe segments are written anew: JFIF has room for a thumbnail, Adobe for flags.
    fn head_then(&self, body: Vec<u8>) -> Vec<u8> {
        let mut file = Vec::with_capacity(body.len() + 80);
        file.extend([0xFF, SOI]);
        if self.jfif {
            copy(&mut file, APP0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        }
        if let Some(orientation) = self.orientation {
            copy(&mut file, APP1, &[b"Exif\0\0".as_slice(), &exif::only(orientation)].concat());
        }
        if let Some(transform) = self.adobe_transform {
            copy(&mut file, APP14, &[b"Adobe\0\x64\0\0\0\0".as_slice(), &[transform]].concat());
        }
        file.extend(body);
        file.extend([0xFF, EOI]);
        file
    }
}

/// A segment; `data` is shorter than 65,534 bytes, as it came out of one or was made here.
fn copy(to: &mut Vec<u8>, marker: u8, data: &[u8]) {
    let size = u16::try_from(data.len() + 2).unwrap_or(u16::MAX);
    to.extend([0xFF, marker]);
    to.extend(size.to_be_bytes());
    to.extend_from_slice(data);
}

/// The next marker; fill bytes before it are skipped.
fn marker(rest: &mut &[u8]) -> Result<u8, CleanError> {
    let [first] = take_array(rest)?;
    if first != 0xFF {
        return Err(CleanError::Malformed);
    }
    loop {
        match take_array(rest)? {
            [0xFF] => {}
            [marker] => return Ok(marker),
        }
    }
}

/// Coded samples up to the next marker that is not a restart; fill bytes at their end are left for [`marker`].
fn take_entropy<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], CleanError> {
    let mut at = 0;
    loop {
        let found = rest[at..].iter().position(|&byte| byte == 0xFF).ok_or(CleanError::Truncated)?;
        at += found;
        match rest.get(at + 1) {
            Some(0 | 0xD0..=0xD7) => at += 2,
            Some(_) => return take(rest, at),
            None => return Err(CleanError::Truncated),
        }
    }
}

// The tables fill their segments exactly: what is left over would be room for something else.

fn is_frame(data: &[u8]) -> bool {
    let [_, _, _, width_high, width_low, components, specs @ ..] = data else { return false };
    (*width_high, *width_low) != (0, 0)
        && (1..=4).contains(components)
        && specs.len() == 3 * usize::from(*components)
}

fn is_scan(data: &[u8]) -> bool {
    data.first().is_some_and(|&n| (1..=4).contains(&n) && data.len() == 4 + 2 * usize::from(n))
}

fn are_quantisers(mut data: &[u8]) -> bool {
    while let [head, rest @ ..] = data {
        let length = if head >> 4 == 0 { 64 } else { 128 };
        let Some(next) = rest.get(length..) else { return false };
        data = next;
    }
    true
}

fn are_huffman_tables(mut data: &[u8]) -> bool {
    while let [_, rest @ ..] = data {
        let Some((counts, rest)) = rest.split_first_chunk::<16>() else { return false };
        let values = counts.iter().map(|&count| usize::from(count)).sum();
        let Some(next) = rest.get(values..) else { return false };
        data = next;
    }
    true
}
