//! Which organisations count as the authorities of a person's own country.

use super::{Organisation, OrganisationKind};
use crate::codes::Country;

/// Whether an organisation is, or may be, an authority of the country that a person comes from: a consulate or
/// government that serves its nationals, or a government of that country. Nothing about her may go there unless
/// contact with her country of origin is allowed.
///
/// In doubt it is one: while the origin is unknown every consulate and government is, and a consulate that names no
/// countries serves everybody (an empty `origin` says so), her too.
pub fn is_origin_authority(organisation: &Organisation, origin: Option<Country>) -> bool {
    let serves = |origin: Country| organisation.origin.iter().any(|country| country == origin.as_str());
    match (organisation.kind, origin) {
        (OrganisationKind::Ngo | OrganisationKind::Union | OrganisationKind::Shelter, _) => false,
        (OrganisationKind::Consulate | OrganisationKind::Government, None) => true,
        (OrganisationKind::Consulate, Some(origin)) => organisation.origin.is_empty() || serves(origin),
        (OrganisationKind::Government, Some(origin)) => {
            serves(origin) || organisation.country == origin.as_str()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{OrganisationId, VerifyKey};

    const KINDS: [OrganisationKind; 5] = [
        OrganisationKind::Ngo,
        OrganisationKind::Consulate,
        OrganisationKind::Union,
        OrganisationKind::Shelter,
        OrganisationKind::Government,
    ];

    fn organisation(kind: OrganisationKind, country: &str, origin: &[&str]) -> Organisation {
        let root = VerifyKey::from_bytes([1; 32]);
        Organisation {
            id: OrganisationId::from_root(&root),
            root,
            next_root: None,
            founding: None,
            name: "Somebody".into(),
            kind,
            country: country.into(),
            origin: origin.iter().map(|&code| code.to_owned()).collect(),
            sms: None,
            ladder: vec![],
        }
    }

    #[test]
    fn every_kind_with_every_list_for_every_country() {
        let lists: [&[&str]; 4] = [&[], &["PH"], &["NP", "PH"], &["BD", "NP"]];
        for kind in KINDS {
            for country in ["KW", "PH"] {
                for list in lists {
                    let body = organisation(kind, country, list);
                    let state = matches!(kind, OrganisationKind::Consulate | OrganisationKind::Government);
                    assert_eq!(is_origin_authority(&body, None), state, "{body:?}, origin unknown");
                    for origin in Country::all() {
                        let named = list.contains(&origin.as_str());
                        let expected = match kind {
                            OrganisationKind::Consulate => named || list.is_empty(),
                            OrganisationKind::Government => named || country == origin.as_str(),
                            _ => false,
                        };
                        assert_eq!(is_origin_authority(&body, Some(origin)), expected, "{body:?}, {origin}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_consulate_is_its_states_wherever_it_stands() {
        let philippine = organisation(OrganisationKind::Consulate, "KW", &["PH"]);
        let code = |text: &str| Some(text.parse::<Country>().unwrap());
        assert!(is_origin_authority(&philippine, code("PH")));
        assert!(!is_origin_authority(&philippine, code("KW")), "the country where it stands is not its own");
        assert!(!is_origin_authority(&philippine, code("NP")));
    }
}
