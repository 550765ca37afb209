//! What a file is, by its first bytes. Names and extensions are never asked: they are the sender's claim.

/// How many bytes from the start [`sniff`] looks at, at most.
pub const SNIFF_BYTES: usize = 128;

/// What kinds of attachment the system tells apart. Everything else is [`MediaType::Other`], which is carried and
/// kept like the rest but never opened by the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MediaType {
    /// JPEG picture.
    Jpeg,
    /// PNG picture, also animated.
    Png,
    /// WebP picture, also animated.
    Webp,
    /// GIF picture.
    Gif,
    /// HEIC or HEIF picture.
    Heic,
    /// MPEG audio, layer III.
    Mp3,
    /// AAC or ALAC audio in an MP4 file.
    M4a,
    /// Ogg with anything but Opus.
    Ogg,
    /// Opus in Ogg (voice messages of most messengers).
    Opus,
    /// WAVE audio.
    Wav,
    /// AMR audio, narrow or wide band.
    Amr,
    /// MP4 video.
    Mp4,
    /// QuickTime video (iPhones).
    Mov,
    /// 3GPP video or audio.
    ThreeGp,
    /// WebM video or audio.
    Webm,
    /// PDF document.
    Pdf,
    /// Anything else.
    Other,
}

impl MediaType {
    /// All of them, in the order of their declaration.
    pub const ALL: [Self; 17] = [
        Self::Jpeg,
        Self::Png,
        Self::Webp,
        Self::Gif,
        Self::Heic,
        Self::Mp3,
        Self::M4a,
        Self::Ogg,
        Self::Opus,
        Self::Wav,
        Self::Amr,
        Self::Mp4,
        Self::Mov,
        Self::ThreeGp,
        Self::Webm,
        Self::Pdf,
        Self::Other,
    ];

    /// The IANA media type that goes into the `attachment` event.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Heic => "image/heic",
            Self::Mp3 => "audio/mpeg",
            Self::M4a => "audio/mp4",
            Self::Ogg => "audio/ogg",
            Self::Opus => "audio/ogg; codecs=opus",
            Self::Wav => "audio/wav",
            Self::Amr => "audio/amr",
            Self::Mp4 => "video/mp4",
            Self::Mov => "video/quicktime",
            Self::ThreeGp => "video/3gpp",
            Self::Webm => "video/webm",
            Self::Pdf => "application/pdf",
            Self::Other => "application/octet-stream",
        }
    }

    /// The type with this media type as [`MediaType::as_str`] spells it; anything else is [`MediaType::Other`].
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).unwrap_or(Self::Other)
    }

    /// The ending of a file name that the program makes itself, without a dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Heic => "heic",
            Self::Mp3 => "mp3",
            Self::M4a => "m4a",
            Self::Ogg => "ogg",
            Self::Opus => "opus",
            Self::Wav => "wav",
            Self::Amr => "amr",
            Self::Mp4 => "mp4",
            Self::Mov => "mov",
            Self::ThreeGp => "3gp",
            Self::Webm => "webm",
            Self::Pdf => "pdf",
            Self::Other => "bin",
        }
    }

    /// Whether [`clean`](crate::clean) can make a copy without metadata and [`preview`](crate::preview) a picture.
    #[must_use]
    pub const fn is_cleanable(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Webp)
    }
}

/// Tells what `bytes` are from at most the first [`SNIFF_BYTES`] of them; a prefix is enough.
#[must_use]
pub fn sniff(bytes: &[u8]) -> MediaType {
    let head = &bytes[..bytes.len().min(SNIFF_BYTES)];
    let at = |offset: usize, magic: &[u8]| head.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    let within = |magic: &[u8]| head.windows(magic.len()).any(|window| window == magic);

    if at(0, b"\xFF\xD8\xFF") {
        MediaType::Jpeg
    } else if at(0, b"\x89PNG\r\n\x1A\n") {
        MediaType::Png
    } else if at(0, b"RIFF") && at(8, b"WEBP") {
        MediaType::Webp
    } else if at(0, b"RIFF") && at(8, b"WAVE") {
        MediaType::Wav
    } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
        MediaType::Gif
    } else if at(0, b"%PDF-") {
        MediaType::Pdf
    } else if at(0, b"#!AMR\n") || at(0, b"#!AMR-WB\n") {
        MediaType::Amr
    } else if at(0, b"OggS") {
        if at(28, b"OpusHead") { MediaType::Opus } else { MediaType::Ogg }
    } else if at(0, b"\x1A\x45\xDF\xA3") && within(b"\x42\x82\x84webm") {
        MediaType::Webm
    } else if at(4, b"ftyp") {
        of_brands(head)
    } else if at(0, b"ID3") || is_mp3_frame(head) {
        MediaType::Mp3
    } else {
        MediaType::Other
    }
}

/// ISO base media files say in `ftyp` which family they belong to: a major brand and compatible ones.
fn of_brands(head: &[u8]) -> MediaType {
    let brand = |offset: usize| head.get(offset..offset + 4).unwrap_or_default();
    let size = head.first_chunk::<4>().map_or(0, |size| u32::from_be_bytes(*size) as usize);
    match brand(8) {
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" => MediaType::Heic,
        // A generic brand: the compatible ones say how it is coded.
        b"mif1" | b"msf1" => {
            let heic = (16..size.min(head.len())).step_by(4).any(|at| brand(at).starts_with(b"he"));
            if heic { MediaType::Heic } else { MediaType::Other }
        }
        b"M4A " | b"M4B " => MediaType::M4a,
        b"qt  " => MediaType::Mov,
        brand if brand.starts_with(b"3gp") || brand.starts_with(b"3g2") || brand.starts_with(b"3gr") => {
            MediaType::ThreeGp
        }
        b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"MSNV" | b"M4V "
        | b"dash" => MediaType::Mp4,
        _ => MediaType::Other,
    }
}

/// A frame header of MPEG audio layer III with none of its reserved values.
fn is_mp3_frame(head: &[u8]) -> bool {
    let [a, b, c, ..] = head else { return false };
    let (version, layer) = (b >> 3 & 3, b >> 1 & 3);
    *a == 0xFF && b >> 5 == 7 && version != 1 && layer == 1 && !matches!(c >> 4, 0 | 15) && c >> 2 & 3 != 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_told_by_its_first_bytes() {
        let cases: &[(&[u8], MediaType)] = &[
            (b"\xFF\xD8\xFF\xE0\0\x10JFIF", MediaType::Jpeg),
            (b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", MediaType::Png),
            (b"RIFF\x10\0\0\0WEBPVP8 ", MediaType::Webp),
            (b"RIFF\x10\0\0\0WAVEfmt ", MediaType::Wav),
            (b"GIF89a\x01\0\x01\0", MediaType::Gif),
            (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", MediaType::Heic),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", MediaType::Heic),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", MediaType::Other),
            (b"\0\0\0\x14ftypmif1\0\0\0\0mif1heic", MediaType::Other),
            (b"ID3\x04\0\0\0\0\0\0", MediaType::Mp3),
            (b"\xFF\xFB\x90\x64", MediaType::Mp3),
            (b"\xFF\xF1\x50\x80", MediaType::Other),
            (b"\0\0\0\x1CftypM4A \0\0\0\0", MediaType::M4a),
            (b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead", MediaType::Opus),
            (b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x1E\x01vorbis", MediaType::Ogg),
            (b"#!AMR\n\x3C", MediaType::Amr),
            (b"#!AMR-WB\n", MediaType::Amr),
            (b"\0\0\0\x20ftypisom\0\0\x02\0", MediaType::Mp4),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", MediaType::Mov),
            (b"\0\0\0\x18ftyp3gp5\0\0\0\0", MediaType::ThreeGp),
            (
                b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\xF7\x81\x01\x42\xF2\x81\x04\x42\xF3\x81\x08\x42\x82\x84webm",
                MediaType::Webm,
            ),
            (b"\x1A\x45\xDF\xA3\x9F\x42\x82\x88matroska", MediaType::Other),
            (b"%PDF-1.7\n", MediaType::Pdf),
            (b"<html>", MediaType::Other),
            (b"", MediaType::Other),
        ];
        for (bytes, kind) in cases {
            assert_eq!(sniff(bytes), *kind, "{bytes:?}");
            for end in 0..bytes.len() {
                let _ = sniff(&bytes[..end]);
            }
        }
    }

    #[test]
    fn only_the_head_is_looked_at() {
        let mut webm = b"\x1A\x45\xDF\xA3".to_vec();
        webm.resize(SNIFF_BYTES, 0);
        webm.extend(b"\x42\x82\x84webm");
        assert_eq!(sniff(&webm), MediaType::Other);
    }

    #[test]
    fn spelling_round_trips() {
        for kind in MediaType::ALL {
            assert_eq!(MediaType::from_text(kind.as_str()), kind);
        }
        assert_eq!(MediaType::from_text("image/svg+xml"), MediaType::Other);
    }
}
