//! PNG (third edition): a list of chunks that are kept; every other chunk is left out.

use image::metadata::Orientation;

use crate::{
    CleanError,
    clean::{take, take_array},
    exif,
};

const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1A\n";

/// More chunks than any encoder writes: 200 MB in chunks of 4 KiB.
const MAX_CHUNKS: usize = 65_536;

/// Colour types of the header.
const GREY: u8 = 0;
const INDEXED: u8 = 3;

pub(crate) fn clean(bytes: &[u8]) -> Result<Vec<u8>, CleanError> {
    let mut rest = bytes;
    if take_array(&mut rest)? != *SIGNATURE {
        return Err(CleanError::Malformed);
    }
    let mut kept: Vec<([u8; 4], &[u8])> = Vec::new();
    let mut orientation = None;
    let (mut pixels, mut colour) = (false, 0);
    for _ in 0..MAX_CHUNKS {
        let length = u32::from_be_bytes(take_array(&mut rest)?);
        let kind: [u8; 4] = take_array(&mut rest)?;
        let data = take(&mut rest, usize::try_from(length).map_err(|_| CleanError::Truncated)?)?;
        let sum = u32::from_be_bytes(take_array(&mut rest)?);
        // The header comes first and once.
        if kept.is_empty() != (&kind == b"IHDR") {
            return Err(CleanError::Malformed);
        }
        // Animation (acTL, fcTL, fdAT) is pixels too; sRGB, gAMA and cHRM say how to read colours, in a few numbers
        // of fixed length.
        let fits = match &kind {
            b"IHDR" => {
                colour = data.get(9).copied().unwrap_or_default();
                length == 13
            }
            // Of true-colour pictures it is a hint that nobody needs.
            b"PLTE" if colour != INDEXED => continue,
            b"PLTE" => length.is_multiple_of(3) && (3..=768).contains(&length),
            b"IDAT" => true,
            b"tRNS" => match colour {
                INDEXED => length <= 256,
                GREY => length == 2,
                _ => length == 6,
            },
            b"sRGB" => length == 1,
            b"gAMA" => length == 4,
            b"cHRM" => length == 32,
            b"acTL" => length == 8,
            b"fcTL" => length == 26,
            b"fdAT" => length >= 4,
            b"IEND" => length == 0,
            b"eXIf" => {
                orientation = orientation.or_else(|| exif::turned(data));
                continue;
            }
            // An unknown chunk that is critical changes what the pixels mean.
            [first, ..] if first.is_ascii_uppercase() => return Err(CleanError::Malformed),
            _ => continue,
        };
        if !fits || sum != crc(kind, data) {
            return Err(CleanError::Malformed);
        }
        pixels |= &kind == b"IDAT";
        kept.push((kind, data));
        if &kind == b"IEND" {
            return if pixels { Ok(written(&kept, orientation)) } else { Err(CleanError::Malformed) };
        }
    }
    Err(CleanError::Malformed)
}

fn written(chunks: &[([u8; 4], &[u8])], orientation: Option<Orientation>) -> Vec<u8> {
    let length: usize = chunks.iter().map(|(_, data)| data.len() + 12).sum();
    let mut file = Vec::with_capacity(length + 64);
    file.extend(SIGNATURE);
    let mut orientation = orientation.map(exif::only);
    for (kind, data) in chunks {
        write(&mut file, *kind, data);
        // Directly behind the header: it has to stand before the pixels.
        if let Some(exif) = orientation.take() {
            write(&mut file, *b"eXIf", &exif);
        }
    }
    file
}

fn write(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    file.extend(u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes());
    file.extend(kind);
    file.extend_from_slice(data);
    file.extend(crc(kind, data).to_be_bytes());
}

fn crc(kind: [u8; 4], data: &[u8]) -> u32 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(&kind);
    sum.update(data);
    sum.finalize()
}
