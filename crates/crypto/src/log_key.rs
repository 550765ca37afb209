//! The key of one log in one epoch (CK).

use crate::secret::secret32;

secret32!(
    /// The content key of a (log, epoch): 32 random bytes. Who has it reads and seals the log's
    /// envelopes; who may write is decided by signatures.
    LogKey
);
