//! WebP (RFC 9649): a list of chunks that are kept, flags to match; every other chunk is left out.

use image::metadata::Orientation;

use crate::{
    CleanError,
    clean::{take, take_array},
    exif,
};

/// More chunks than any encoder writes: an hour of animation.
const MAX_CHUNKS: usize = 65_536;

const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const ANIMATION: u8 = 0x02;

pub(crate) fn clean(bytes: &[u8]) -> Result<Vec<u8>, CleanError> {
    let mut rest = bytes;
    if &take_array(&mut rest)? != b"RIFF" {
        return Err(CleanError::Malformed);
    }
    let size =
        usize::try_from(u32::from_le_bytes(take_array(&mut rest)?)).map_err(|_| CleanError::Truncated)?;
    // What stands behind the RIFF chunk is not read at all.
    let mut rest = take(&mut rest, size)?;
    if &take_array(&mut rest)? != b"WEBP" {
        return Err(CleanError::Malformed);
    }
    let (first, data) = chunk(&mut rest)?;
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    match &first {
        // A simple file is one chunk.
        b"VP8 " | b"VP8L" => {
            size_of(&first, data)?;
            write(&mut file, first, data);
        }
        b"VP8X" => extended(&mut file, data, rest)?,
        _ => return Err(CleanError::Malformed),
    }
    let size = u32::try_from(file.len() - 8).map_err(|_| CleanError::Malformed)?;
    file[4..8].copy_from_slice(&size.to_le_bytes());
    Ok(file)
}

fn extended(file: &mut Vec<u8>, header: &[u8], mut rest: &[u8]) -> Result<(), CleanError> {
    let [flags, _, _, _, canvas @ ..] = header else { return Err(CleanError::Malformed) };
    if canvas.len() != 6 {
        return Err(CleanError::Malformed);
    }
    let animated = flags & ANIMATION != 0;
    let size = (u24(&canvas[..3]) + 1, u24(&canvas[3..]) + 1);
    let mut kept = Vec::new();
    let mut orientation = None;
    let (mut images, mut alphas, mut animations) = (0_usize, 0_usize, 0_usize);
    for _ in 0..MAX_CHUNKS {
        if rest.is_empty() {
            break;
        }
        let (kind, data) = chunk(&mut rest)?;
        match &kind {
            b"VP8 " | b"VP8L" if !animated && images == 0 && size_of(&kind, data)? == size => images += 1,
            b"ALPH" if !animated && images + alphas == 0 => alphas += 1,
            b"ANIM" if animated && data.len() == 6 && images + animations == 0 => animations += 1,
            b"ANMF" if animated && animations == 1 => {
                images += 1;
                write(&mut kept, kind, &frame(data)?);
                continue;
            }
            b"EXIF" => {
                orientation = orientation.or_else(|| turned(data));
                continue;
            }
            b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" => return Err(CleanError::Malformed),
            _ => continue,
        }
        write(&mut kept, kind, data);
    }
    if images == 0 || !rest.is_empty() {
        return Err(CleanError::Malformed);
    }
    let turn = if orientation.is_some() { EXIF } else { 0 };
    let header = [&[flags & (ALPHA | ANIMATION) | turn, 0, 0, 0], canvas].concat();
    write(file, *b"VP8X", &header);
    file.extend(kept);
    if let Some(orientation) = orientation {
        write(file, *b"EXIF", &exif::only(orientation));
    }
    Ok(())
}

/// A frame of an animation: where and how long (16 bytes), then chunks of its own.
fn frame(mut rest: &[u8]) -> Result<Vec<u8>, CleanError> {
    let header: [u8; 16] = take_array(&mut rest)?;
    let size = (u24(&header[6..9]) + 1, u24(&header[9..12]) + 1);
    let mut kept = header.to_vec();
    let (mut images, mut alphas) = (0, 0);
    while !rest.is_empty() {
        let (kind, data) = chunk(&mut rest)?;
        match &kind {
            b"ALPH" if images + alphas == 0 => alphas += 1,
            b"VP8 " | b"VP8L" if images == 0 && size_of(&kind, data)? == size => images += 1,
            b"ALPH" | b"VP8 " | b"VP8L" => return Err(CleanError::Malformed),
            _ => continue,
        }
        write(&mut kept, kind, data);
    }
    if images == 1 { Ok(kept) } else { Err(CleanError::Malformed) }
}

/// Width and height that the coded pixels give themselves: a decoder that believed the container would run over them.
fn size_of(kind: &[u8; 4], data: &[u8]) -> Result<(u32, u32), CleanError> {
    let (width, height) = match (kind, data) {
        // A key frame (RFC 6386).
        (b"VP8 ", [tag, _, _, 0x9D, 0x01, 0x2A, w0, w1, h0, h1, ..]) if tag & 1 == 0 => {
            let side = |low: &u8, high: &u8| u32::from(u16::from_le_bytes([*low, *high]) & 0x3FFF);
            (side(w0, w1), side(h0, h1))
        }
        (b"VP8L", [0x2F, a, b, c, d, ..]) => {
            let bits = u32::from_le_bytes([*a, *b, *c, *d]);
            ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
        }
        _ => return Err(CleanError::Malformed),
    };
    if width == 0 || height == 0 { Err(CleanError::Malformed) } else { Ok((width, height)) }
}

fn u24(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

/// Some writers put the prefix of JPEG before the TIFF header.
fn turned(data: &[u8]) -> Option<Orientation> {
    exif::turned(data.strip_prefix(b"Exif\0\0").unwrap_or(data))
}

fn chunk<'a>(rest: &mut &'a [u8]) -> Result<([u8; 4], &'a [u8]), CleanError> {
    let kind = take_array(rest)?;
    let length = usize::try_from(u32::from_le_bytes(take_array(rest)?)).map_err(|_| CleanError::Truncated)?;
    let data = take(rest, length)?;
    if length % 2 == 1 {
        take(rest, 1)?;
    }
    Ok((kind, data))
}

fn write(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    file.extend(kind);
    file.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_le_bytes());
    file.extend_from_slice(data);
    if data.len() % 2 == 1 {
        file.push(0);
    }
}
