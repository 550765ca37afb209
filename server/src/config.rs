//! The relay's configuration: one struct per concern, read once from TOML. Unknown keys are refused.

use std::path::{Path, PathBuf};

use amana_domain::{ids::Hash, trust::directory::MAX_POW_BITS};
use amana_protocol::limits::MAX_BODY;
use serde::Deserialize;

/// Everything that can be set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Certificates for serving HTTPS directly. Not built yet: put a proxy in front.
    pub tls: Option<Tls>,
    /// How much may be stored.
    pub quotas: Quotas,
    /// Difficulty of the proof of work; without it the directory's holds.
    pub proof_of_work_bits: Option<u8>,
    /// How unknown phones get in.
    pub admission: Admission,
    /// When mailboxes are deleted.
    pub retention: Retention,
    /// Bounds on what one client can occupy.
    pub limits: Limits,
}

/// Certificate files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// PEM file of the certificate chain.
    pub certificate: PathBuf,
    /// PEM file of the key.
    pub key: PathBuf,
}

/// How much may be stored, in bytes of envelopes.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Quotas {
    /// By one phone key.
    pub phone_bytes: u64,
    /// Mailboxes made by one phone key.
    pub phone_mailboxes: u64,
    /// By one organisation.
    pub organisation_bytes: u64,
    /// Mailboxes made by one organisation.
    pub organisation_mailboxes: u64,
    /// In one mailbox.
    pub mailbox_bytes: u64,
    /// In one intake mailbox.
    pub intake_bytes: u64,
    /// Join requests waiting per organisation.
    pub joins: u64,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            phone_bytes: 256 << 20,
            phone_mailboxes: 256,
            organisation_bytes: 1 << 40,
            organisation_mailboxes: 10_000_000,
            mailbox_bytes: 1 << 30,
            intake_bytes: 64 << 30,
            joins: 1000,
        }
    }
}

/// How unknown phones get in.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Admission {
    /// Whether a phone that files must pay by proof of work or token.
    pub required: bool,
    /// A text file of hex SHA-256 hashes of single-use tokens, one a line; read when the relay starts.
    pub tokens_file: Option<PathBuf>,
}

impl Default for Admission {
    fn default() -> Self {
        Self { required: true, tokens_file: None }
    }
}

/// When mailboxes are deleted without an owner's wish.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Days after the last arrival; without it, never. Intake mailboxes stay.
    pub days: Option<u32>,
}

/// Bounds on what one client can occupy.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at once; more wait to be accepted.
    pub connections: usize,
    /// Seconds for a request's headers.
    pub header_seconds: u64,
    /// Seconds for a request's body.
    pub body_seconds: u64,
    /// Seconds that running requests get when the relay stops.
    pub shutdown_seconds: u64,
    /// KiB of request bodies in memory at once, at least one of the largest; over it, `busy`.
    pub body_kib: usize,
    /// Nonces remembered; when they are full, requests answer `busy`.
    pub nonces: usize,
    /// Jobs that wait for the writer before requests answer `busy`.
    pub queue: usize,
    /// Most jobs in one commit group.
    pub group: usize,
    /// Connections that read the database at once.
    pub readers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            header_seconds: 30,
            body_seconds: 60,
            shutdown_seconds: 10,
            body_kib: 256 << 10,
            nonces: 4_000_000,
            queue: 4096,
            group: 512,
            readers: 4,
        }
    }
}

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file cannot be read")]
    Read(#[source] std::io::Error),
    /// Not TOML, an unknown key, or a value of the wrong type.
    #[error("the configuration file is not valid: {0}")]
    Parse(#[from] toml::de::Error),
    /// A value out of range.
    #[error("{0} is out of range")]
    Range(&'static str),
    /// A section that this version cannot serve.
    #[error("{0} is not built yet")]
    NotBuiltYet(&'static str),
    /// The tokens file cannot be read or has a line that is no hash.
    #[error("the tokens file is not valid")]
    Tokens,
}

impl ConfigError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotBuiltYet(_) => "not_built_yet",
            _ => "config_invalid",
        }
    }
}

impl Config {
    /// Reads a TOML file.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(&std::fs::read_to_string(path).map_err(ConfigError::Read)?)
    }

    /// Reads TOML and checks the ranges.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        config.check()?;
        Ok(config)
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.tls.is_some() {
            return Err(ConfigError::NotBuiltYet("tls"));
        }
        if self.proof_of_work_bits.is_some_and(|bits| bits > MAX_POW_BITS) {
            return Err(ConfigError::Range("proof_of_work_bits"));
        }
        let Limits { connections, body_kib, nonces, queue, group, readers, .. } = self.limits;
        if body_kib < MAX_BODY >> 10 {
            return Err(ConfigError::Range("limits.body_kib"));
        }
        for (name, value) in [
            ("limits.connections", connections),
            ("limits.body_kib", body_kib),
            ("limits.nonces", nonces),
            ("limits.queue", queue),
            ("limits.group", group),
            ("limits.readers", readers),
        ] {
            if value == 0 || value > 1 << 30 {
                return Err(ConfigError::Range(name));
            }
        }
        Ok(())
    }

    pub(crate) fn tokens(&self) -> Result<Vec<Hash>, ConfigError> {
        let Some(path) = &self.admission.tokens_file else { return Ok(Vec::new()) };
        std::fs::read_to_string(path)
            .map_err(ConfigError::Read)?
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(|line| line.parse().map_err(|_| ConfigError::Tokens))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_gives_the_defaults() {
        let config = Config::parse("").unwrap();
        assert!(config.admission.required);
        assert_eq!(config.limits.connections, 1024);
        assert_eq!(config.retention.days, None);
    }

    #[test]
    fn every_section_is_read() {
        let config = Config::parse(
            "proof_of_work_bits = 4\n[quotas]\nphone_bytes = 1\n[admission]\nrequired = false\n\
             [retention]\ndays = 30\n[limits]\nreaders = 2\n",
        )
        .unwrap();
        assert_eq!(config.proof_of_work_bits, Some(4));
        assert_eq!(config.quotas.phone_bytes, 1);
        assert!(!config.admission.required);
        assert_eq!(config.retention.days, Some(30));
        assert_eq!(config.limits.readers, 2);
    }

    #[test]
    fn unknown_keys_and_values_out_of_range_are_refused() {
        for text in ["typo = 1", "[limits]\nconections = 5", "[quotas]\nphone_bytes = -1"] {
            assert!(matches!(Config::parse(text), Err(ConfigError::Parse(_))), "{text}");
        }
        for text in ["proof_of_work_bits = 33", "[limits]\nreaders = 0", "[limits]\nbody_kib = 8191"] {
            assert!(matches!(Config::parse(text), Err(ConfigError::Range(_))), "{text}");
        }
        let tls = Config::parse("[tls]\ncertificate = \"c\"\nkey = \"k\"").unwrap_err();
        assert_eq!(tls.code(), "not_built_yet");
    }
}
