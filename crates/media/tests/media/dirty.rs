//! Pictures that tell everything: each place where metadata can hide holds a [`CANARY`].

use std::io::Cursor;

use amana_media::MediaType;
use image::{DynamicImage, ImageFormat, RgbImage};

/// Stands wherever a person's data would.
pub const CANARY: &[u8] = b"CANARY-MARIA-25.2867N-51.5333E";

/// A dirty picture and the orientation that its EXIF asks for.
pub struct Dirty {
    pub name: String,
    pub kind: MediaType,
    pub bytes: Vec<u8>,
    pub orientation: u8,
    /// Where the picture itself ends in `bytes`.
    pub end: usize,
}

/// Every coding and container with every kind of metadata, upright and turned.
pub fn all() -> Vec<Dirty> {
    let mut all = Vec::new();
    for orientation in [1, 3, 6, 8] {
        for (name, bytes) in [
            ("baseline", encoded(ImageFormat::Jpeg)),
            ("progressive", include_bytes!("pictures/progressive.jpg").to_vec()),
            ("cmyk", include_bytes!("pictures/cmyk.jpg").to_vec()),
        ] {
            all.push(dirty(name, MediaType::Jpeg, jpeg(&bytes, orientation), orientation));
        }
        for (name, bytes) in [
            ("plain", encoded(ImageFormat::Png)),
            ("palette", include_bytes!("pictures/palette.png").to_vec()),
            ("animated", include_bytes!("pictures/animated.png").to_vec()),
        ] {
            all.push(dirty(name, MediaType::Png, png(&bytes, orientation), orientation));
        }
        for (name, bytes) in [
            ("lossless", encoded(ImageFormat::WebP)),
            ("lossy", include_bytes!("pictures/lossy.webp").to_vec()),
            ("lossy_alpha", include_bytes!("pictures/lossy_alpha.webp").to_vec()),
            ("animated", include_bytes!("pictures/animated.webp").to_vec()),
        ] {
            all.push(dirty(name, MediaType::Webp, webp(&bytes, orientation), orientation));
        }
    }
    all
}

fn dirty(name: &str, kind: MediaType, (mut bytes, end): (Vec<u8>, usize), orientation: u8) -> Dirty {
    // A Motion Photo: a whole video behind the picture; and a second picture, as multi-picture files have it.
    bytes.extend(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom");
    bytes.extend(CANARY);
    bytes.extend(segment(0xE1, &[b"Exif\0\0", exif(1).as_slice()].concat()));
    Dirty { name: format!("{name} {orientation}"), kind, bytes, orientation, end }
}

/// A gradient that no orientation maps to itself.
pub fn gradient(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let part = |at: u32, of: u32| u8::try_from(at * 255 / of).unwrap();
        image::Rgb([part(x, width), part(y, height), part(x * y, width * height)])
    })
}

pub fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::from(gradient(24, 16)).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// EXIF as phones write it: make, model, owner, times, maker note, position, thumbnail.
pub fn exif(orientation: u8) -> Vec<u8> {
    let mut thumbnail = vec![0xFF, 0xD8];
    thumbnail.extend(segment(0xFE, CANARY));
    thumbnail.extend([0xFF, 0xD9]);
    let mut tiff = b"II\x2A\0\x08\0\0\0".to_vec();
    // Offsets: header, IFD0 (6 entries), EXIF (3), GPS (4), IFD1 (2), then data.
    let (exif_at, gps_at) = (8 + 2 + 6 * 12 + 4, 8 + 2 + 6 * 12 + 4 + 2 + 3 * 12 + 4);
    let ifd1_at = gps_at + 2 + 4 * 12 + 4;
    let data_at = ifd1_at + 2 + 2 * 12 + 4;
    let text = |at: usize| (2_u16, CANARY.len(), data_at + at);
    let texts = CANARY.len();
    let rationals = 3 * texts;
    let thumbnail_at = data_at + rationals + 24;
    let mut ifd = |entries: &[(u16, (u16, usize, usize))], next: usize| {
        tiff.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
        for (tag, (format, count, value)) in entries {
            tiff.extend(tag.to_le_bytes());
            tiff.extend(format.to_le_bytes());
            tiff.extend(u32::try_from(*count).unwrap().to_le_bytes());
            tiff.extend(u32::try_from(*value).unwrap().to_le_bytes());
        }
        tiff.extend(u32::try_from(next).unwrap().to_le_bytes());
    };
    ifd(
        &[
            (0x010F, text(0)),
            (0x0110, text(0)),
            (0x0112, (3, 1, orientation.into())),
            (0x0132, text(texts)),
            (0x8769, (4, 1, exif_at)),
            (0x8825, (4, 1, gps_at)),
        ],
        ifd1_at,
    );
    ifd(&[(0x9003, text(texts)), (0x927C, (7, CANARY.len(), data_at + 2 * texts)), (0xA430, text(0))], 0);
    ifd(
        &[
            (1, (2, 2, usize::from(b'N'))),
            (2, (5, 3, data_at + rationals)),
            (3, (2, 2, usize::from(b'E'))),
            (4, (5, 3, data_at + rationals)),
        ],
        0,
    );
    ifd(&[(0x0201, (4, 1, thumbnail_at)), (0x0202, (4, 1, thumbnail.len()))], 0);
    assert_eq!(tiff.len(), data_at);
    for _ in 0..3 {
        tiff.extend(CANARY);
    }
    for value in [25_u32, 1, 17, 1, 12, 1] {
        tiff.extend(value.to_le_bytes());
    }
    tiff.extend(thumbnail);
    tiff
}

pub fn xmp() -> Vec<u8> {
    [b"<x:xmpmeta><dc:creator>".as_slice(), CANARY, b"</dc:creator></x:xmpmeta>"].concat()
}

/// A second part of XMP: digest of the whole, its length, offset.
fn extended_xmp() -> Vec<u8> {
    let length = u32::try_from(CANARY.len()).unwrap().to_be_bytes();
    let digest = b"0123456789ABCDEF0123456789ABCDEF";
    [b"http://ns.adobe.com/xmp/extension/\0", digest.as_slice(), &length, &[0; 4], CANARY].concat()
}

pub fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let size = u16::try_from(data.len() + 2).unwrap();
    [&[0xFF, marker], size.to_be_bytes().as_slice(), data].concat()
}

/// The pieces of a JPEG file: marker and content of each segment; entropy goes with its scan.
fn segments(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut found = Vec::new();
    bytes = &bytes[2..];
    while bytes[1] != 0xD9 {
        let marker = bytes[1];
        let mut end = 2 + usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
        if marker == 0xDA {
            while bytes[end] != 0xFF || matches!(bytes[end + 1], 0 | 0xD0..=0xD7) {
                end += 1;
            }
        }
        found.push((marker, bytes[..end].to_vec()));
        bytes = &bytes[end..];
    }
    found
}

fn jpeg(clean: &[u8], orientation: u8) -> (Vec<u8>, usize) {
    let with = |head: &[u8]| [head, CANARY].concat();
    let mut bytes = vec![0xFF, 0xD8];
    let mut jfif = b"JFIF\0\x01\x01\0\0\x48\0\x48\x0A\x01".to_vec();
    jfif.extend(CANARY);
    let hidden = [
        segment(0xE1, &[b"Exif\0\0", exif(orientation).as_slice()].concat()),
        segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0".as_slice(), &xmp()].concat()),
        segment(0xE1, &extended_xmp()),
        segment(0xE2, &with(b"ICC_PROFILE\0\x01\x01")),
        segment(0xE2, &with(b"MPF\0II\x2A\0")),
        segment(0xE3, &with(b"META")),
        segment(0xE5, &with(b"SEFT")),
        segment(0xEB, &with(b"JP\0\0c2pa")),
        segment(0xEC, &with(b"Ducky")),
        segment(0xED, &with(b"Photoshop 3.0\x008BIM\x04\x04\0\0")),
        segment(0xEF, CANARY),
        segment(0xFE, CANARY),
    ]
    .concat();
    let had_jfif = segments(clean).iter().any(|(marker, _)| *marker == 0xE0);
    if had_jfif {
        bytes.extend(segment(0xE0, &jfif));
        bytes.extend(segment(0xE0, &with(b"JFXX\0\x10")));
    }
    bytes.extend(&hidden);
    for (marker, piece) in segments(clean) {
        match marker {
            0xE0 => continue,
            // Adobe's segment with something behind its last field.
            0xEE => bytes.extend(segment(0xEE, &[&piece[4..], CANARY].concat())),
            _ => bytes.extend(piece),
        }
        // Between all tables and scans too, and fill bytes.
        bytes.extend(segment(0xFE, CANARY));
        bytes.extend(segment(0xE1, &[b"Exif\0\0", exif(orientation).as_slice()].concat()));
        bytes.extend([0xFF; 3]);
    }
    bytes.extend([0xFF, 0xD9]);
    let end = bytes.len();
    (bytes, end)
}

pub fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    let sum = crc32fast::hash(&[kind, data].concat()).to_be_bytes();
    [&length, kind.as_slice(), data, &sum].concat()
}

fn png(clean: &[u8], orientation: u8) -> (Vec<u8>, usize) {
    let with = |head: &[u8]| [head, CANARY].concat();
    let hidden = [
        chunk(b"tEXt", &with(b"Author\0")),
        chunk(b"zTXt", &with(b"Comment\0\0")),
        chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0".as_slice(), &xmp()].concat()),
        chunk(b"tIME", b"\x07\xEA\x0B\x18\x11\x00\x00"),
        chunk(b"eXIf", &exif(orientation)),
        chunk(b"iCCP", &with(b"name\0\0")),
        chunk(b"prVt", CANARY),
        chunk(b"caBX", CANARY),
    ]
    .concat();
    let mut bytes = clean[..8].to_vec();
    let mut rest = &clean[8..];
    while !rest.is_empty() {
        let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize + 12;
        if &rest[4..8] == b"IEND" {
            bytes.extend(&hidden);
        }
        bytes.extend(&rest[..length]);
        if &rest[4..8] == b"IHDR" {
            bytes.extend(&hidden);
        }
        rest = &rest[length..];
    }
    let end = bytes.len();
    (bytes, end)
}

pub fn riff_chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
    let mut bytes = [kind, &u32::try_from(data.len()).unwrap().to_le_bytes(), data].concat();
    if data.len() % 2 == 1 {
        bytes.push(b'C');
    }
    bytes
}

fn riff_chunks(mut rest: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found = Vec::new();
    while !rest.is_empty() {
        let length = u32::from_le_bytes(rest[4..8].try_into().unwrap()) as usize;
        found.push((rest[..4].to_vec(), rest[8..8 + length].to_vec()));
        rest = &rest[8 + length + length % 2..];
    }
    found
}

fn webp(clean: &[u8], orientation: u8) -> (Vec<u8>, usize) {
    let mut chunks = riff_chunks(&clean[12..]);
    if chunks[0].0 != b"VP8X" {
        // 24 × 16, no flags.
        chunks.insert(0, (b"VP8X".to_vec(), vec![0, 0, 0, 0, 23, 0, 0, 15, 0, 0]));
    }
    chunks[0].1[0] |= 0x20 | 0x08 | 0x04;
    let mut body = b"WEBP".to_vec();
    for (at, (kind, data)) in chunks.iter().enumerate() {
        let mut data = data.clone();
        if kind == b"ANMF" {
            data.extend(riff_chunk(b"XMP ", &xmp()));
            data.extend(riff_chunk(b"priv", CANARY));
        }
        body.extend(riff_chunk(kind, &data));
        if at == 0 {
            body.extend(riff_chunk(b"ICCP", CANARY));
            body.extend(riff_chunk(b"priv", CANARY));
        }
    }
    body.extend(riff_chunk(b"EXIF", &exif(orientation)));
    body.extend(riff_chunk(b"XMP ", &xmp()));
    body.extend(riff_chunk(b"C2PA", CANARY));
    let bytes = riff_chunk(b"RIFF", &body);
    let end = bytes.len();
    (bytes, end)
}
