//! Text that a person wrote: from an argument, a file or standard input; checked, bounded, kept byte for byte.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use crate::error::{CliError, Code};

/// Longest text, in KiB of UTF-8.
pub const LIMIT_KIB: usize = 64;
const LIMIT: usize = LIMIT_KIB * 1024;

/// Where a text comes from: exactly one of `--text` and `--text-file`.
#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub struct TextArgs {
    /// The text itself, UTF-8, at most 64 KiB
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub text: Option<OsString>,
    /// A file with the text; - is standard input
    #[arg(long, value_name = "FILE", allow_hyphen_values = true)]
    pub text_file: Option<PathBuf>,
}

impl TextArgs {
    /// Reads and checks it. Errors: `text_not_utf8`, `text_has_nul`, `text_too_long`, `file_unreadable`.
    pub fn read(&self) -> Result<String, CliError> {
        match (&self.text, &self.text_file) {
            (Some(text), _) => TextValue::from(text.clone()).read(),
            (None, Some(path)) if path == Path::new("-") => read_bounded(std::io::stdin().lock(), path),
            (None, Some(path)) => {
                let file = File::open(path).map_err(|error| CliError::file(path, error))?;
                read_bounded(file, path)
            }
            (None, None) => Err(CliError::usage("--text or --text-file")),
        }
    }
}

/// A short text given on the command line (`--note`, `--reason`, `--title`), unchecked until [`TextValue::read`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextValue(OsString);

impl From<OsString> for TextValue {
    fn from(text: OsString) -> Self {
        Self(text)
    }
}

impl TextValue {
    /// Checks it like a long text. Errors: `text_not_utf8`, `text_has_nul`, `text_too_long`.
    pub fn read(&self) -> Result<String, CliError> {
        let text: &OsStr = &self.0;
        check(text.to_str().ok_or_else(|| CliError::new(Code::TextNotUtf8))?.to_owned())
    }
}

fn read_bounded(source: impl Read, path: &Path) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    // One byte more than the limit, so that a file of any size costs no more than that.
    let limit = u64::try_from(LIMIT + 1).unwrap_or(u64::MAX);
    source.take(limit).read_to_end(&mut bytes).map_err(|error| CliError::file(path, error))?;
    if bytes.len() > LIMIT {
        return Err(CliError::text_too_long(LIMIT_KIB));
    }
    check(String::from_utf8(bytes).map_err(|_| CliError::new(Code::TextNotUtf8))?)
}

fn check(text: String) -> Result<String, CliError> {
    if text.len() > LIMIT {
        return Err(CliError::text_too_long(LIMIT_KIB));
    }
    if text.contains('\0') {
        return Err(CliError::new(Code::TextHasNul));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, Code> {
        read_bounded(bytes, Path::new("f")).map_err(|error| error.code())
    }

    #[test]
    fn text_is_kept_byte_for_byte() {
        let text = "\u{feff}नमस्ते\r\n\tمرحبا \n\n";
        assert_eq!(read(text.as_bytes()).as_deref(), Ok(text));
    }

    #[test]
    fn the_limit_is_64_kib_of_bytes() {
        let longest = "é".repeat(LIMIT / 2);
        assert_eq!(read(longest.as_bytes()).as_ref(), Ok(&longest));
        assert_eq!(read((longest + "a").as_bytes()), Err(Code::TextTooLong));
        assert_eq!(
            TextValue::from(OsString::from("a".repeat(LIMIT + 1))).read().unwrap_err().code(),
            Code::TextTooLong
        );
    }

    #[test]
    fn an_endless_source_is_cut_off() {
        assert_eq!(
            read_bounded(std::io::repeat(b'a'), Path::new("f")).unwrap_err().code(),
            Code::TextTooLong
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(read(b"a\xffb"), Err(Code::TextNotUtf8));
        assert_eq!(read(b"a\xed\xa0\x80"), Err(Code::TextNotUtf8), "a lone surrogate");
        assert_eq!(read(b"a\0b"), Err(Code::TextHasNul));
    }

    #[cfg(unix)]
    #[test]
    fn an_argument_that_is_no_utf8_has_the_same_code() {
        use std::os::unix::ffi::OsStringExt;
        let value = TextValue::from(OsString::from_vec(vec![b'a', 0xff]));
        assert_eq!(value.read().unwrap_err().code(), Code::TextNotUtf8);
    }

    #[test]
    fn a_missing_file_is_unreadable() {
        let args = TextArgs { text: None, text_file: Some("/nonexistent/amana".into()) };
        assert_eq!(args.read().unwrap_err().code(), Code::FileUnreadable);
    }
}
