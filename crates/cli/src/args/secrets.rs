//! `amana phone VAULT pin …`, `amana phone|desk VAULT passphrase …`.

use clap::{Args, Subcommand, ValueEnum};

/// The PIN of this vault, and what else a PIN can do
///
/// AMANA_PIN opens by PIN; AMANA_NEW_PIN and AMANA_NEW_PASSPHRASE are what is set; otherwise they are asked for. On a
/// computer the secret that belongs to a PIN lies in a file beside the vault, where whoever copies the vault copies it
/// too: only a phone's key store makes a PIN safe.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana phone mine.vault pin set")]
pub struct PinArgs {
    /// The step.
    #[command(subcommand)]
    pub verb: PinVerb,
}

/// What is done with PINs.
#[derive(Clone, Debug, Subcommand)]
pub enum PinVerb {
    /// Open with a PIN from now on, and no more with the passphrase
    #[command(after_help = "Example:\n  amana phone mine.vault pin set")]
    Set,
    /// Choose another PIN; the old one opens nothing any more
    #[command(after_help = "Example:\n  amana phone mine.vault pin change")]
    Change,
    /// Open with a passphrase from now on, and no more with the PIN
    #[command(after_help = "Example:\n  amana phone mine.vault pin remove")]
    Remove,
    /// Set a PIN that opens a second vault, to be shown when somebody forces you to open it
    ///
    /// The second vault is joined and empty. Open it with its PIN and put harmless things in, so that it looks used. The
    /// first time, whatever the second file of this vault holds is replaced: setting a duress PIN from within the second
    /// vault destroys the first.
    #[command(after_help = "Example:\n  amana phone mine.vault pin duress")]
    Duress {
        /// Take duress and wipe PIN away
        #[arg(long)]
        remove: bool,
    },
    /// Set a PIN that destroys this vault for good and opens the second one
    #[command(after_help = "Example:\n  amana phone mine.vault pin wipe")]
    Wipe,
    /// Whether everything becomes unreadable after ten wrong PINs in a row
    #[command(after_help = "Example:\n  amana phone mine.vault pin erase-after-ten on")]
    EraseAfterTen {
        /// On or off
        state: Switch,
    },
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// On.
    On,
    /// Off.
    Off,
}

/// The passphrase of this vault
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  amana desk asha.vault passphrase change")]
pub struct PassphraseArgs {
    /// The step.
    #[command(subcommand)]
    pub verb: PassphraseVerb,
}

/// What is done with a passphrase.
#[derive(Clone, Debug, Subcommand)]
pub enum PassphraseVerb {
    /// Choose another passphrase; what opened it before opens nothing any more
    #[command(after_help = "Example:\n  amana desk asha.vault passphrase change")]
    Change,
}
