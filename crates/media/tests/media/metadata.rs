//! What is left in the copies, looked at by another reader and byte by byte.

use std::io::Cursor;

use amana_media::{CleanError, MediaType, clean};
use exif::{In, Tag};
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageFormat, ImageReader};

use crate::dirty::{self, CANARY, Dirty};

fn format(kind: MediaType) -> ImageFormat {
    match kind {
        MediaType::Jpeg => ImageFormat::Jpeg,
        MediaType::Png => ImageFormat::Png,
        _ => ImageFormat::WebP,
    }
}

fn pixels(kind: MediaType, bytes: &[u8]) -> (DynamicImage, u8) {
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format(kind)).into_decoder().unwrap();
    let orientation = decoder.orientation().unwrap().to_exif();
    (DynamicImage::from_decoder(decoder).unwrap(), orientation)
}

/// Everything that an independent reader finds: (directory, tag, value).
fn tags(bytes: &[u8]) -> Vec<(In, Tag, String)> {
    match exif::Reader::new().read_from_container(&mut Cursor::new(bytes)) {
        Ok(found) => found
            .fields()
            .map(|field| (field.ifd_num, field.tag, field.display_value().to_string()))
            .collect(),
        Err(exif::Error::NotFound(_)) => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

fn has_canary(bytes: &[u8]) -> bool {
    bytes.windows(6).any(|window| window == &CANARY[..6])
}

#[test]
fn the_corpus_tells_everything_before_cleaning() {
    for Dirty { name, kind, bytes, orientation, .. } in dirty::all() {
        assert!(has_canary(&bytes), "{name}");
        let found = tags(&bytes);
        let thumbnail = found.iter().any(|(directory, ..)| *directory == In::THUMBNAIL);
        assert!(thumbnail, "{kind:?} {name}: {found:?}");
        for tag in [Tag::GPSLatitude, Tag::MakerNote, Tag::Model, Tag::DateTimeOriginal, Tag::CameraOwnerName]
        {
            assert!(found.iter().any(|(_, other, _)| *other == tag), "{kind:?} {name}: {tag}");
        }
        assert_eq!(pixels(kind, &bytes).1, orientation, "{kind:?} {name}");
    }
}

/// Attack 37.
#[test]
fn copies_have_no_metadata_and_the_same_pixels() {
    for Dirty { name, kind, bytes, orientation, .. } in dirty::all() {
        let copy = clean(kind, &bytes).unwrap_or_else(|error| panic!("{kind:?} {name}: {error}")).bytes;
        assert!(!has_canary(&copy), "{kind:?} {name}");
        let found = tags(&copy);
        match orientation {
            1 => assert_eq!(found, [], "{kind:?} {name}"),
            _ => assert!(
                matches!(&found[..], [(In::PRIMARY, Tag::Orientation, _)]),
                "{kind:?} {name}: {found:?}"
            ),
        }
        assert_eq!(pixels(kind, &copy), pixels(kind, &bytes), "{kind:?} {name}");
        assert_eq!(pixels(kind, &copy).1, orientation, "{kind:?} {name}");
        assert_eq!(clean(kind, &copy).unwrap().bytes, copy, "{kind:?} {name}: once is enough");
        assert!(copy.len() < bytes.len());
    }
}

#[test]
fn animations_keep_all_their_frames() {
    let frames = |bytes: &[u8]| {
        let decoder = image::codecs::webp::WebPDecoder::new(Cursor::new(bytes.to_vec())).unwrap();
        decoder
            .into_frames()
            .collect_frames()
            .unwrap()
            .into_iter()
            .map(image::Frame::into_buffer)
            .collect::<Vec<_>>()
    };
    let dirty =
        dirty::all().into_iter().find(|dirty| dirty.kind == MediaType::Webp && dirty.name == "animated 1");
    let bytes = dirty.unwrap().bytes;
    assert_eq!(frames(&bytes).len(), 2);
    assert_eq!(frames(&clean(MediaType::Webp, &bytes).unwrap().bytes), frames(&bytes));

    let frames = |bytes: &[u8]| {
        let decoder = image::codecs::png::PngDecoder::new(Cursor::new(bytes.to_vec())).unwrap();
        let frames = decoder.apng().unwrap().into_frames().collect_frames().unwrap();
        frames.into_iter().map(image::Frame::into_buffer).collect::<Vec<_>>()
    };
    let dirty =
        dirty::all().into_iter().find(|dirty| dirty.kind == MediaType::Png && dirty.name == "animated 1");
    let bytes = dirty.unwrap().bytes;
    assert_eq!(frames(&bytes).len(), 2);
    assert_eq!(frames(&clean(MediaType::Png, &bytes).unwrap().bytes), frames(&bytes));
}

#[test]
fn clean_pictures_stay_as_they_are() {
    for (kind, bytes) in [
        (MediaType::Png, dirty::encoded(ImageFormat::Png)),
        (MediaType::Webp, dirty::encoded(ImageFormat::WebP)),
    ] {
        assert_eq!(clean(kind, &bytes).unwrap().bytes, bytes);
    }
}

#[test]
fn other_kinds_are_sent_as_not_cleaned() {
    for kind in MediaType::ALL.into_iter().filter(|kind| !kind.is_cleanable()) {
        assert_eq!(clean(kind, b"GIF89a"), Err(CleanError::Unsupported));
    }
    assert_eq!(clean(MediaType::Jpeg, &dirty::encoded(ImageFormat::Png)), Err(CleanError::Malformed));
    assert_eq!(clean(MediaType::Png, &dirty::encoded(ImageFormat::Jpeg)), Err(CleanError::Malformed));
    assert_eq!(clean(MediaType::Webp, &dirty::encoded(ImageFormat::Jpeg)), Err(CleanError::Malformed));
}

/// Tables with room to spare would carry anything through.
#[test]
fn nothing_hides_behind_a_table() {
    let jpeg = dirty::encoded(ImageFormat::Jpeg);
    for marker in [0xDB, 0xC4, 0xC0, 0xDA, 0xDD, 0xC8, 0xF7, 0x01] {
        let mut bytes = jpeg[..2].to_vec();
        bytes.extend(dirty::segment(marker, CANARY));
        bytes.extend(&jpeg[2..]);
        assert_eq!(clean(MediaType::Jpeg, &bytes), Err(CleanError::Malformed), "{marker:x}");
    }
    let png = dirty::encoded(ImageFormat::Png);
    for kind in [b"gAMA", b"sRGB", b"cHRM", b"tRNS", b"fcTL", b"acTL", b"ABCD"] {
        let bytes = [&png[..33], &dirty::chunk(kind, CANARY), &png[33..]].concat();
        assert_eq!(clean(MediaType::Png, &bytes), Err(CleanError::Malformed), "{kind:?}");
    }
    // A palette that no pixel refers to.
    let bytes = [&png[..33], &dirty::chunk(b"PLTE", CANARY), &png[33..]].concat();
    assert_eq!(clean(MediaType::Png, &bytes).unwrap().bytes, png);
    // A frame that is not as large as its container says.
    let mut webp = include_bytes!("pictures/lossy_alpha.webp").to_vec();
    webp[24] ^= 1;
    assert_eq!(clean(MediaType::Webp, &webp), Err(CleanError::Malformed));
}
