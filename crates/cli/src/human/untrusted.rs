//! Text that somebody else wrote, made safe for a terminal.

use super::{WIDTH, table::wrap};

/// First strong isolate and its end: the text's own direction cannot reorder what stands around it.
const FSI: char = '\u{2068}';
const PDI: char = '\u{2069}';

/// Controls, bidirectional overrides and isolates, tag characters and other invisible formatting that can hide or
/// fake text. The joiners U+200C and U+200D stay: Indic and Persian spelling needs them.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One line of somebody's text: line breaks and tabs become spaces, hostile characters vanish, and its direction
/// is isolated where it has letters from outside ASCII.
pub fn clean(text: &str) -> String {
    let spaced =
        text.chars().map(|c| if matches!(c, '\n' | '\t' | '\u{2028}' | '\u{2029}') { ' ' } else { c });
    let line: String = spaced.filter(|c| !is_hostile(*c)).collect();
    if line.is_ascii() { line } else { format!("{FSI}{line}{PDI}") }
}

/// Somebody's longer text: every line is wrapped, cleaned and marked, so that none can pass for a line of ours.
pub fn block(text: &str) -> String {
    let lines = text.lines().flat_map(|line| wrap(line, WIDTH - 4));
    lines.map(|line| format!("  | {}\n", clean(&line))).collect()
}
