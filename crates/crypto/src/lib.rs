//! Keys, labels, envelopes and letters: the only user of the cryptographic libraries.
