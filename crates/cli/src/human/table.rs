//! Aligned columns and label–value lines.

use super::{WIDTH, clean};
use crate::lang::Lang;

/// Columns that a terminal gives to `text`: marks and isolates take none, East Asian wide characters two.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    match c {
        '\u{200c}' | '\u{200d}' | '\u{2066}'..='\u{2069}' => 0,
        '\u{300}'..='\u{36f}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' => 0,
        // Devanagari and Bengali signs that sit on their letter.
        '\u{900}'..='\u{902}' | '\u{93a}' | '\u{93c}' | '\u{941}'..='\u{948}' | '\u{94d}' => 0,
        '\u{981}' | '\u{9bc}' | '\u{9c1}'..='\u{9c4}' | '\u{9cd}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' => 2,
        '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f300}'..='\u{1faff}' => 2,
        _ => 1,
    }
}

fn pad(text: &str, to: usize) -> String {
    let fill = to.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(fill))
}

/// A table with translated heads; an empty head stays empty. Cells must be clean already.
pub fn table(lang: Lang, heads: &[&str], rows: &[Vec<String>]) -> String {
    let heads: Vec<String> =
        heads.iter().map(|key| if key.is_empty() { String::new() } else { clean(&lang.text(key)) }).collect();
    let widths: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(i, head)| {
            rows.iter().filter_map(|row| row.get(i)).map(|cell| width(cell)).fold(width(head), usize::max)
        })
        .collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells.iter().zip(&widths).map(|(cell, to)| pad(cell, *to)).collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    let mut text = line(&heads);
    rows.iter().for_each(|row| text += &line(row));
    text
}

/// Lines of translated label and value, long values wrapped; empty values are left out. Values are cleaned here.
pub fn fields(lang: Lang, fields: &[(&str, &str)]) -> String {
    let shown: Vec<(String, &str)> = fields
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| (clean(&lang.text(key)), *value))
        .collect();
    let to = shown.iter().map(|(label, _)| width(label)).fold(0, usize::max);
    let mut text = String::new();
    for (label, value) in shown {
        for (nth, line) in wrap(value, WIDTH.saturating_sub(to + 2)).iter().enumerate() {
            let label = if nth == 0 { label.as_str() } else { "" };
            text += &format!("{}  {}\n", pad(label, to), clean(line));
        }
    }
    text
}

/// Somebody's text as lines of at most so many columns, broken between words; a longer word stays whole.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let wide = width(word.trim_end());
        if used > 0 && used + wide > columns {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
        used += width(word);
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}
