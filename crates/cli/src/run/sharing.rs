//! What is shared with whom, read from the command line.

use amana_domain::role::LogKind;

use crate::{args::sharing::SharingArgs, error::CliError, reference};

/// What is shared; the organisation is looked up where the directory is.
pub(super) struct Sharing {
    pub to: String,
    pub logs: Vec<LogKind>,
    pub purpose: String,
    /// Until when, ms since 1970 UTC.
    pub until: Option<u64>,
}

impl SharingArgs {
    pub(super) fn read(self) -> Result<Sharing, CliError> {
        let logs = reference::logs(&self.logs)?;
        let purpose = self.purpose.read()?;
        Ok(Sharing { to: self.to, logs, purpose, until: super::until(self.until)? })
    }
}
