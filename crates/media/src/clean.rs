//! The copy that is shared: the same pixels and nothing else.

use crate::{MediaType, jpeg, png, webp};

/// A picture without metadata: coded pixels and what a decoder needs to read them, byte for byte as they were, and,
/// if the picture has to be turned to be looked at, a freshly written orientation. Nothing else of the file is left.
///
/// What is hidden *inside* the coded pixels (a watermark, the pattern of a sensor) stays: taking it out would mean
/// coding the picture again.
#[derive(Clone, PartialEq, Eq)]
pub struct Cleaned {
    /// The whole file.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Cleaned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cleaned({} bytes)", self.bytes.len())
    }
}

/// Why there is no clean copy. The attachment can still be sent, marked as not cleaned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CleanError {
    /// Only JPEG, PNG and WebP can be cleaned.
    #[error("this kind of file cannot be cleaned")]
    Unsupported,
    /// The file ends before the picture does.
    #[error("the file ends before the picture does")]
    Truncated,
    /// The file breaks the rules of its format, or uses a part of it that no camera or messenger writes.
    #[error("the file breaks the rules of its format")]
    Malformed,
}

/// Makes a copy of a JPEG, PNG or WebP file without any metadata (EXIF with its thumbnail and GPS, XMP, IPTC, maker
/// notes, comments, text chunks, previews, colour profiles, private chunks, whatever stands behind the end of the
/// picture). The coded pixels are not touched.
///
/// Colour profiles go too: they name the device's maker, model and dates and have room for private tags. Pictures are
/// then shown as sRGB, which may make the colours of a wide-gamut camera a little paler.
///
/// # Errors
/// [`CleanError::Unsupported`] for other types, else when the file is not whole or not what `kind` says.
pub fn clean(kind: MediaType, bytes: &[u8]) -> Result<Cleaned, CleanError> {
    let bytes = match kind {
        MediaType::Jpeg => jpeg::clean(bytes)?,
        MediaType::Png => png::clean(bytes)?,
        MediaType::Webp => webp::clean(bytes)?,
        _ => return Err(CleanError::Unsupported),
    };
    Ok(Cleaned { bytes })
}

/// Splits `length` bytes off the front.
pub(crate) fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], CleanError> {
    let (head, tail) = rest.split_at_checked(length).ok_or(CleanError::Truncated)?;
    *rest = tail;
    Ok(head)
}

/// Splits `N` bytes off the front.
pub(crate) fn take_array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], CleanError> {
    let (head, tail) = rest.split_first_chunk().ok_or(CleanError::Truncated)?;
    *rest = tail;
    Ok(*head)
}
