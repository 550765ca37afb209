//! Orientation: the one thing of EXIF that a picture needs to look right.

use image::metadata::Orientation;

/// The orientation that raw EXIF (TIFF header first) asks for, if it is not the upright one. Reading is the job of
/// `image`, so that a copy is turned exactly as a preview is.
pub(crate) fn turned(exif: &[u8]) -> Option<Orientation> {
    Orientation::from_exif_chunk(exif).filter(|turn| *turn != Orientation::NoTransforms)
}

/// EXIF with nothing but this orientation: one IFD with one entry.
pub(crate) fn only(orientation: Orientation) -> [u8; 26] {
    let mut exif = *b"MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    exif[19] = orientation.to_exif();
    exif
}
