//! Bounds that both sides know. A relay may be configured to smaller ones.

/// Largest request body in bytes.
pub const MAX_BODY: usize = 8 << 20;
/// Largest body of a call that carries no envelopes and no roster part, in bytes.
pub const MAX_SMALL_BODY: usize = 64 << 10;
/// Most mailboxes of one reading request.
pub const MAX_READS: usize = 4096;
/// Largest body of a reading request, in bytes.
pub const MAX_READS_BODY: usize = 128 << 10;
/// Largest envelope in bytes.
pub const MAX_ENVELOPE: usize = 262_144;
/// Most appends and letters in one request.
pub const MAX_APPENDS: usize = 4096;
/// Most mailboxes that one filing makes.
pub const MAX_MAILBOXES: usize = 16;
/// Most owners of a mailbox.
pub const MAX_OWNERS: usize = 8;
/// Most readers or writers of a mailbox.
pub const MAX_LIST: usize = 64;
/// Most rows of one feed answer.
pub const MAX_FEED_ROWS: usize = 4096;
/// Most blobs of one answer, of one mailbox or of many.
pub const MAX_FRAMES: usize = 4096;
/// Bytes of blobs after which an answer stops (it has at least one blob if there is one).
pub const MAX_FRAME_BYTES: usize = 4 << 20;
/// Largest roster part in bytes.
pub const MAX_ROSTER_PART: usize = 6 << 20;
/// Most links of a chain in one request or answer.
pub const MAX_CHAIN_LINKS: usize = 256;
/// Largest join request letter in bytes.
pub const MAX_JOIN_REQUEST: usize = 64 << 10;
/// Longest `Authorization` header in bytes.
pub const MAX_AUTHORIZATION: usize = 4096;
/// Longest admission token in bytes.
pub const MAX_TOKEN: usize = 64;
/// How far a request's time may be off the relay's, in ms.
pub const CLOCK_WINDOW_MS: u64 = 120_000;
