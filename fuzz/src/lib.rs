//! What must hold for any bytes, parser by parser. Each property panics when it does not hold.
//!
//! Not only "no panic": what is read is written again as the same bytes, what is refused stays refused when it was
//! sound before, and what two ways of reading say agrees.

mod crypto;
mod domain;
mod protocol;

/// A property of one parser, or of a few that belong together.
pub type Property = fn(&[u8]);

/// Every property by the name of its fuzz target and its folder of seeds.
pub const PROPERTIES: &[(&str, Property)] = &[
    ("canonical", domain::canonical),
    ("signed", domain::signed),
    ("statement", domain::statement),
    ("event", domain::event),
    ("fold", domain::fold),
    ("directory_chain", domain::directory_chain),
    ("roster_chain", domain::roster_chain),
    ("certificate", domain::certificate),
    ("join_text", domain::join_text),
    ("text", domain::text),
    ("pack_json", domain::pack_json),
    ("safe_contact_json", domain::safe_contact_json),
    ("envelope", crypto::envelope),
    ("letter", crypto::letter),
    ("slots", crypto::slots),
    ("sealed_file", crypto::sealed_file),
    ("recovery", crypto::recovery),
    ("attachment", crypto::attachment),
    ("request", protocol::request),
    ("frames", protocol::frames),
    ("reading", protocol::reading),
    ("bodies", protocol::bodies),
    ("answers", protocol::answers),
];

/// Checks one property by name; an unknown name is a mistake in a target.
pub fn check(name: &str, data: &[u8]) {
    let (_, property) =
        PROPERTIES.iter().find(|(known, _)| *known == name).expect("every target names a property");
    property(data);
}

/// Splits `length(u16 BE) ‖ bytes` pieces; a last piece may be cut off.
pub(crate) fn pieces(mut data: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let Some((length, rest)) = data.split_first_chunk::<2>() {
        let (piece, after) = rest.split_at(rest.len().min(u16::from_be_bytes(*length).into()));
        pieces.push(piece);
        data = after;
    }
    pieces
}
