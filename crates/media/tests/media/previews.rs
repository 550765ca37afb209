//! Previews: small, upright, without metadata, and not to be blown up by small files that claim to be large.

use std::io::Cursor;

use amana_media::{MediaType, PREVIEW_BYTES, PREVIEW_SIDE, preview};
use image::{DynamicImage, ImageFormat, RgbImage, RgbaImage};

use crate::dirty::{self, CANARY};

fn decoded(preview: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(preview, ImageFormat::Jpeg).unwrap().to_rgb8()
}

fn written(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn previews_are_small_upright_and_tell_nothing() {
    for dirty in dirty::all() {
        let small = preview(dirty.kind, &dirty.bytes)
            .unwrap_or_else(|| panic!("{:?} {} has no preview", dirty.kind, dirty.name));
        assert!(small.len() <= PREVIEW_BYTES);
        assert!(!small.windows(6).any(|window| window == &CANARY[..6]));
        assert!(exif::Reader::new().read_from_container(&mut Cursor::new(&small)).is_err());
        let picture = decoded(&small);
        let turned = matches!(dirty.orientation, 6 | 8);
        assert_eq!(picture.dimensions(), if turned { (16, 24) } else { (24, 16) }, "{}", dirty.name);
    }
}

#[test]
fn the_top_left_corner_goes_where_the_orientation_says() {
    // Red grows to the right and green downwards in the stored picture.
    let bytes = dirty::all().into_iter().find(|dirty| dirty.name == "baseline 6").unwrap().bytes;
    let picture = decoded(&preview(MediaType::Jpeg, &bytes).unwrap());
    let [red, green, _] = picture.get_pixel(15, 0).0;
    assert!(red < 60 && green < 60, "stored top left is shown top right: {red} {green}");
    let [red, green, _] = picture.get_pixel(0, 23).0;
    assert!(red > 180 && green > 180, "stored bottom right is shown bottom left: {red} {green}");
}

#[test]
fn large_and_noisy_pictures_fit() {
    let mut seed = 1_u32;
    let noise = RgbImage::from_fn(1500, 700, |_, _| {
        image::Rgb(std::array::from_fn(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 24).to_le_bytes()[0]
        }))
    });
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let kind = match format {
            ImageFormat::Jpeg => MediaType::Jpeg,
            ImageFormat::Png => MediaType::Png,
            _ => MediaType::Webp,
        };
        let small = preview(kind, &written(noise.clone(), format)).unwrap();
        assert!(small.len() <= PREVIEW_BYTES, "{format:?} {}", small.len());
        let (width, height) = decoded(&small).dimensions();
        assert!(width.max(height) <= PREVIEW_SIDE && width > height);
    }
    let wide = preview(MediaType::Png, &written(dirty::gradient(3000, 2), ImageFormat::Png)).unwrap();
    assert_eq!(decoded(&wide).dimensions(), (320, 1));
}

#[test]
fn transparency_is_white() {
    let clear = RgbaImage::from_pixel(10, 10, image::Rgba([0, 0, 0, 0]));
    let small = preview(MediaType::Png, &written(clear, ImageFormat::Png)).unwrap();
    assert!(decoded(&small).pixels().all(|pixel| pixel.0.iter().all(|&colour| colour > 250)));
}

#[test]
fn bombs_are_not_decoded() {
    let png = |width: u32, height: u32| {
        let mut bytes = dirty::encoded(ImageFormat::Png);
        let header = [&width.to_be_bytes(), height.to_be_bytes().as_slice(), &bytes[24..29]].concat();
        bytes.splice(8..33, dirty::chunk(b"IHDR", &header));
        bytes
    };
    assert_eq!(
        preview(MediaType::Png, &png(24, 16)),
        preview(MediaType::Png, &dirty::encoded(ImageFormat::Png))
    );
    for (width, height) in [(60_000, 10), (10, 60_000), (16_000, 16_000), (u32::MAX, u32::MAX), (0, 0)] {
        assert_eq!(preview(MediaType::Png, &png(width, height)), None, "{width} {height}");
    }
    let jpeg = |side: u16| {
        let mut bytes = dirty::encoded(ImageFormat::Jpeg);
        let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
        bytes[frame + 5..frame + 7].copy_from_slice(&side.to_be_bytes());
        bytes[frame + 7..frame + 9].copy_from_slice(&side.to_be_bytes());
        bytes
    };
    assert_eq!(preview(MediaType::Jpeg, &jpeg(65_000)), None);
    assert_eq!(preview(MediaType::Jpeg, &jpeg(16_000)), None);
    let mut webp = dirty::encoded(ImageFormat::WebP);
    // Fourteen bits of width and of height behind the signature byte of VP8L.
    webp[21..25].copy_from_slice(&[0xFF, 0xFF, 0xFF, 0x0F]);
    assert_eq!(preview(MediaType::Webp, &webp), None);
}

#[test]
fn what_is_no_picture_has_no_preview() {
    for kind in MediaType::ALL.into_iter().filter(|kind| !kind.is_cleanable()) {
        assert_eq!(preview(kind, &dirty::encoded(ImageFormat::Png)), None);
    }
    assert_eq!(preview(MediaType::Jpeg, b""), None);
    assert_eq!(preview(MediaType::Png, &dirty::encoded(ImageFormat::Jpeg)), None);
}
