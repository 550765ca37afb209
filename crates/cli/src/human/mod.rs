//! Text for people at a terminal: plain, aligned, right-to-left safe.

mod brief;
mod case;
mod found;
mod page;
mod table;
mod untrusted;

pub use brief::brief_page;
pub use case::{case_list, queue};
pub use found::found;
pub use page::case_page;
pub use table::{fields, table};
pub use untrusted::{block, clean};

use crate::{codes::Named, json::Warning, lang::Lang};

/// Columns that everybody's terminal has.
const WIDTH: usize = 80;

/// The first 8 characters of an id: enough to name it again.
pub fn short(id: &str) -> String {
    clean(&id.chars().take(8).collect::<String>())
}

/// An RFC 3339 time as `2027-01-31 16:00 UTC`; anything else as it is, cleaned.
pub fn time(text: &str) -> String {
    match text.parse::<jiff::Timestamp>() {
        Ok(at) => at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
        Err(_) => clean(text),
    }
}

/// Seconds as `1h30m`.
pub fn span(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let part = |count: u64, unit: &str| if count == 0 { String::new() } else { format!("{count}{unit}") };
    let text = part(hours, "h") + &part(minutes, "m") + &part(rest, "s");
    if text.is_empty() { "0".to_owned() } else { text }
}

/// Codes by their names: `grievance` or `situation`; a code that this version does not know is shown as it is.
pub fn codes(lang: Lang, section: &str, codes: &[String]) -> String {
    let names =
        codes.iter().map(|code| lang.find(&format!("{section}.{code}")).unwrap_or_else(|| clean(code)));
    names.collect::<Vec<_>>().join(" · ")
}

/// Translated text in lines of ours, the first one marked.
fn told(mark: &str, text: &str) -> String {
    let lines = table::wrap(text, WIDTH - 4);
    let line = |(nth, line): (usize, &String)| format!("{:<2}{line}\n", if nth == 0 { mark } else { "" });
    lines.iter().enumerate().map(line).collect()
}

/// One line per warning.
pub fn warnings(lang: Lang, warnings: &[Warning]) -> String {
    let line = |warning: &Warning| {
        let case = warning.case.as_ref().map(|case| format!(" ({})", short(case))).unwrap_or_default();
        format!("! {}{case} [{}]\n", lang.text(&warning.code.key()), warning.code)
    };
    warnings.iter().map(line).collect()
}

#[cfg(test)]
mod tests;
