//! A small picture for lists and for slow connections.

use std::io::Cursor;

use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage, codecs::jpeg::JpegEncoder,
    imageops::FilterType,
};

use crate::{MediaType, clean};

/// The longer side of a preview in pixels, at most.
pub const PREVIEW_SIDE: u32 = 320;
/// The size of a preview in bytes, at most.
pub const PREVIEW_BYTES: usize = 16 * 1024;

/// A picture that claims more is not decoded: no phone's camera is wider.
const MAX_SIDE: u32 = 16_384;
/// What decoding may take: 64 million pixels of three bytes.
const MAX_MEMORY: u64 = 192 * 1024 * 1024;

/// A JPEG of at most [`PREVIEW_SIDE`] pixels and [`PREVIEW_BYTES`] bytes, upright, without metadata, transparency on
/// white. `None` if `kind` is not a picture that can be decoded, the picture is damaged, or it is too large.
#[must_use]
pub fn preview(kind: MediaType, bytes: &[u8]) -> Option<Vec<u8>> {
    let format = match kind {
        MediaType::Jpeg => ImageFormat::Jpeg,
        MediaType::Png => ImageFormat::Png,
        MediaType::Webp => ImageFormat::WebP,
        _ => return None,
    };
    // What reaches a decoder has passed a strict parser, and metadata that is broken breaks nothing.
    let copy = clean(kind, bytes).ok()?.bytes;
    // Decoders are large and other people's: should one panic nevertheless, there is no preview and nothing else.
    std::panic::catch_unwind(|| shrunk(format, &copy)).ok().flatten()
}

fn shrunk(format: ImageFormat, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    if decoder.total_bytes() > MAX_MEMORY {
        return None;
    }
    let orientation = decoder.orientation().ok()?;
    let picture = DynamicImage::from_decoder(decoder).ok()?;
    // Shrunk first: turning a small picture is cheaper, and the bounding box is square.
    let mut picture = if picture.width().max(picture.height()) > PREVIEW_SIDE {
        picture.thumbnail(PREVIEW_SIDE, PREVIEW_SIDE)
    } else {
        picture
    };
    picture.apply_orientation(orientation);
    encoded(&on_white(&picture))
}

/// The best quality that fits; noise that does not fit at all is shrunk further.
fn encoded(picture: &RgbImage) -> Option<Vec<u8>> {
    for quality in [80, 65, 50, 35] {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture).ok()?;
        if bytes.len() <= PREVIEW_BYTES {
            return Some(bytes);
        }
    }
    let (width, height) = (picture.width() / 2, picture.height() / 2);
    if width == 0 || height == 0 {
        return None;
    }
    encoded(&image::imageops::resize(picture, width, height, FilterType::Triangle))
}

fn on_white(picture: &DynamicImage) -> RgbImage {
    let picture = picture.to_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let blend = |colour: u8| {
            let (colour, alpha) = (u32::from(colour), u32::from(alpha));
            u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
        };
        image::Rgb([blend(red), blend(green), blend(blue)])
    })
}
