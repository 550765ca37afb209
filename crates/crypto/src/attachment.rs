//! Attachments: 64 KiB chunks, each sealed for its place, so that any window of a transfer can be
//! checked and resumed.
//!
//! The content is filled with zeros to a Padmé length (at least 2 KiB), cut into chunks of 65,536
//! bytes (the last may be shorter) and sealed with ChaCha20-Poly1305. Chunk key = HKDF(file key, info =
//! label ‖ length u64), nonce = zeros(3) ‖ index u64 ‖ final flag, AAD = label. The true length
//! travels with the file key in a sealed event.

use amana_domain::ids::Hash;
use ring::digest;
use zeroize::Zeroizing;

use crate::{CryptoError, aead, bucket, kdf, label::Label, secret::secret32};

/// Plaintext bytes of a full chunk.
pub const CHUNK: usize = 65_536;
/// Bytes of a full chunk as sealed.
pub const SEALED_CHUNK: usize = CHUNK + aead::TAG;
/// Longest attachment.
pub const MAX_LENGTH: u64 = 1 << 36;

secret32!(
    /// The random key of one attachment. Seals one content only.
    FileKey
);

/// How a content of a given length is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    length: u64,
    padded: u64,
}

impl Layout {
    /// The layout of `length` content bytes. Fails with `TooLarge` over [`MAX_LENGTH`].
    pub const fn new(length: u64) -> Result<Self, CryptoError> {
        if length > MAX_LENGTH {
            return Err(CryptoError::TooLarge);
        }
        let least = bucket::MIN as u64;
        let padded = bucket::padme(if length < least { least } else { length });
        Ok(Self { length, padded })
    }
    /// Content bytes.
    pub const fn length(&self) -> u64 {
        self.length
    }
    /// Number of chunks, at least one.
    pub const fn chunks(&self) -> u64 {
        self.padded.div_ceil(CHUNK as u64)
    }
    /// Bytes of the whole sealed attachment.
    pub const fn sealed_length(&self) -> u64 {
        self.padded + self.chunks() * aead::TAG as u64
    }
    /// Where a sealed chunk begins in the sealed attachment.
    pub const fn sealed_offset(&self, index: u64) -> u64 {
        index * SEALED_CHUNK as u64
    }
    /// Bytes of a chunk before sealing, padding included; `None` beyond the end.
    pub fn chunk_length(&self, index: u64) -> Option<usize> {
        let start = index.checked_mul(CHUNK as u64).filter(|start| *start < self.padded)?;
        Some((self.padded - start).min(CHUNK as u64) as usize)
    }
    /// Content bytes of a chunk, padding not included; `None` beyond the end.
    pub fn content_length(&self, index: u64) -> Option<usize> {
        let chunk = self.chunk_length(index)?;
        let start = index * CHUNK as u64;
        Some(self.length.saturating_sub(start).min(chunk as u64) as usize)
    }
    const fn nonce(&self, index: u64) -> [u8; aead::NONCE] {
        let [a, b, c, d, e, f, g, h] = index.to_be_bytes();
        let last = (index + 1 == self.chunks()) as u8;
        [0, 0, 0, a, b, c, d, e, f, g, h, last]
    }
}

/// Seals and opens the chunks of one attachment, in any order.
pub struct Chunks {
    layout: Layout,
    key: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Chunks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chunks").field("layout", &self.layout).finish_non_exhaustive()
    }
}

impl Chunks {
    /// The chunks of a content of `length` bytes under `key`.
    pub fn new(key: &FileKey, length: u64) -> Result<Self, CryptoError> {
        let layout = Layout::new(length)?;
        let key = kdf::derive(key.expose(), &[], Label::Attachment, &[&length.to_be_bytes()]);
        Ok(Self { layout, key })
    }

    /// How the content is cut.
    pub const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Seals chunk `index`. `content` is exactly its [`Layout::content_length`] bytes, else `Malformed`.
    /// Under one key, a chunk index must always get the same content.
    pub fn seal(&self, index: u64, content: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let chunk = self.layout.chunk_length(index).ok_or(CryptoError::Malformed)?;
        if self.layout.content_length(index) != Some(content.len()) {
            return Err(CryptoError::Malformed);
        }
        let mut sealed = Vec::with_capacity(chunk + aead::TAG);
        sealed.extend_from_slice(content);
        sealed.resize(chunk + aead::TAG, 0);
        let aad = Label::Attachment.as_bytes();
        aead::seal_in_place(&self.key, self.layout.nonce(index), aad, &mut sealed);
        Ok(sealed)
    }

    /// Opens chunk `index` in place: the content without padding, the beginning of `sealed`.
    pub fn open<'a>(&self, index: u64, sealed: &'a mut [u8]) -> Result<&'a [u8], CryptoError> {
        let chunk = self.layout.chunk_length(index).ok_or(CryptoError::Malformed)?;
        let content = self.layout.content_length(index).ok_or(CryptoError::Malformed)?;
        if sealed.len() != chunk + aead::TAG {
            return Err(CryptoError::Malformed);
        }
        let aad = Label::Attachment.as_bytes();
        let plain = aead::open_in_place(&self.key, self.layout.nonce(index), aad, sealed)?;
        if plain[content..].iter().any(|byte| *byte != 0) {
            return Err(CryptoError::Malformed);
        }
        Ok(&plain[..content])
    }
}

/// SHA-256 of the original content, fed in pieces: goes into the event beside the file key.
#[derive(Clone)]
pub struct OriginalHash(digest::Context);

impl OriginalHash {
    /// Of nothing yet.
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }
    /// Adds the next piece.
    pub fn update(&mut self, content: &[u8]) {
        self.0.update(content);
    }
    /// The hash.
    pub fn finish(self) -> Hash {
        Hash::from_slice(self.0.finish().as_ref()).expect("SHA-256 has 32 bytes")
    }
}

impl Default for OriginalHash {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for OriginalHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OriginalHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededRandom;

    fn sealed(length: usize) -> (Vec<u8>, Chunks, Vec<Vec<u8>>) {
        let content: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
        let chunks = Chunks::new(&FileKey::make(&SeededRandom::new(1)), length as u64).unwrap();
        let sealed = (0..chunks.layout().chunks())
            .map(|index| {
                let start = (index as usize * CHUNK).min(length);
                let end = start + chunks.layout().content_length(index).unwrap();
                chunks.seal(index, &content[start..end]).unwrap()
            })
            .collect();
        (content, chunks, sealed)
    }

    #[test]
    fn contents_round_trip_at_every_boundary() {
        let full = CHUNK;
        for length in [0, 1, 2047, 2048, 2049, full - 1, full, full + 1, 2 * full, 5 * full, 300_001] {
            let (content, chunks, sealed) = sealed(length);
            let total: usize = sealed.iter().map(Vec::len).sum();
            assert_eq!(total as u64, chunks.layout().sealed_length(), "{length}");
            let mut hash = OriginalHash::new();
            let mut read = Vec::new();
            // Backwards: any window can be opened alone.
            for (index, chunk) in sealed.iter().enumerate().rev() {
                let mut chunk = chunk.clone();
                let content = chunks.open(index as u64, &mut chunk).unwrap();
                read.splice(0..0, content.iter().copied());
            }
            hash.update(&read);
            assert_eq!(read, content, "{length}");
            assert_eq!(hash.finish(), Hash::of(&content));
        }
    }

    #[test]
    fn moved_truncated_extended_and_changed_chunks_are_refused() {
        let (_, chunks, sealed) = sealed(300_000);
        let last = sealed.len() - 1;
        assert!(chunks.open(0, &mut sealed[1].clone()).is_err());
        assert!(chunks.open(1, &mut sealed[0].clone()).is_err());
        assert!(chunks.open(last as u64 + 1, &mut sealed[last].clone()).is_err());
        assert!(chunks.open(u64::MAX, &mut sealed[last].clone()).is_err());
        for at in [0, 65_535, 65_536, SEALED_CHUNK - 1] {
            let mut chunk = sealed[0].clone();
            chunk[at] ^= 1;
            assert_eq!(chunks.open(0, &mut chunk), Err(CryptoError::NotAuthentic), "byte {at}");
        }
        assert!(chunks.open(0, &mut sealed[0][1..].to_vec()).is_err());
        // A shorter file that claims the same chunks: the length is bound into the key.
        let shorter = Chunks::new(&FileKey::make(&SeededRandom::new(1)), 299_999).unwrap();
        assert_eq!(shorter.open(0, &mut sealed[0].clone()), Err(CryptoError::NotAuthentic));
        // A full chunk that is not the last never passes for the last one.
        let cut = Layout { length: CHUNK as u64, padded: CHUNK as u64 };
        let cut = Chunks { layout: cut, key: chunks.key.clone() };
        assert_eq!(cut.open(0, &mut sealed[0].clone()), Err(CryptoError::NotAuthentic));
    }

    #[test]
    fn wrong_content_lengths_and_absurd_sizes_are_refused() {
        let key = FileKey::make(&SeededRandom::new(1));
        let chunks = Chunks::new(&key, 10).unwrap();
        assert_eq!(chunks.seal(0, &[0; 9]), Err(CryptoError::Malformed));
        assert_eq!(chunks.seal(1, &[]), Err(CryptoError::Malformed));
        assert_eq!(Layout::new(MAX_LENGTH + 1), Err(CryptoError::TooLarge));
        assert!(Chunks::new(&key, MAX_LENGTH).is_ok());
    }
}
