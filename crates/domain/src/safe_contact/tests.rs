use proptest::prelude::*;

use super::*;
use crate::canonical;

fn plan(json: &str) -> SafeContact {
    SafeContact::parse_json(json.as_bytes()).unwrap()
}

const NOON: Option<u16> = Some(12 * 60);

#[test]
fn what_is_not_listed_is_not_allowed() {
    let nothing = plan("{}");
    assert_eq!(nothing, SafeContact::default());
    for channel in Channel::ALL {
        assert!(!nothing.allows(*channel, Some("+966501234567"), NOON), "{channel}");
    }
    let one = plan(r#"{"channels":[{"channel":"sms","address":"+966501234567"}]}"#);
    assert!(one.allows(Channel::Sms, Some("+966501234567"), NOON));
    assert!(!one.allows(Channel::Sms, Some("+966501234568"), NOON), "another number");
    assert!(!one.allows(Channel::Call, Some("+966501234567"), NOON), "another channel");
    assert!(!one.allows(Channel::Sms, None, NOON));
}

#[test]
fn a_channel_without_address_allows_no_number() {
    let vague = plan(r#"{"channels":[{"channel":"sms"}]}"#);
    assert!(!vague.allows(Channel::Sms, Some("+966501234567"), NOON));
    assert!(!vague.allows(Channel::Sms, None, NOON));
}

#[test]
fn do_not_reply_beats_every_channel_outside_the_app() {
    let quiet =
        plan(r#"{"channels":[{"channel":"app"},{"channel":"sms","address":"+1"}],"do_not_reply":true}"#);
    assert!(!quiet.allows(Channel::Sms, Some("+1"), NOON));
    assert!(quiet.allows(Channel::App, None, NOON));
}

#[test]
fn hours_count_and_an_unknown_time_is_no_time() {
    let evening = plan(r#"{"channels":[{"channel":"call","address":"+1","hours":"20:00-21:00"}]}"#);
    assert!(evening.allows(Channel::Call, Some("+1"), Some(20 * 60)));
    assert!(!evening.allows(Channel::Call, Some("+1"), Some(21 * 60)));
    assert!(!evening.allows(Channel::Call, Some("+1"), None));
}

#[test]
fn files_are_strict() {
    let refused = |json: &str| SafeContact::parse_json(json.as_bytes()).unwrap_err();
    assert!(matches!(refused(r#"{"do_not_replay":true}"#), SafeContactError::Form(_)));
    assert!(matches!(refused(r#"{"channels":[{"channel":"fax"}]}"#), SafeContactError::Form(_)));
    assert!(matches!(refused(r#"{"channels":[{"channel":"sms","adress":"1"}]}"#), SafeContactError::Form(_)));
    assert!(matches!(refused(r#"{"code_word":""}"#), SafeContactError::Form(_)));
    assert!(matches!(refused(r#"{"code_word_unclear":true}"#), SafeContactError::Form(_)));
    assert!(matches!(refused("{} x"), SafeContactError::Form(_)));
    assert!(matches!(refused(&" ".repeat(MAX_PLAN + 1)), SafeContactError::TooLarge));
    assert!(matches!(
        refused(r#"{"channels":[{"channel":"app"},{"channel":"app","hours":"20:00-21:00"}]}"#),
        SafeContactError::Repeated
    ));
    let many: Vec<_> =
        (0..=MAX_CHANNELS).map(|n| format!(r#"{{"channel":"sms","address":"{n}"}}"#)).collect();
    assert!(matches!(
        refused(&format!(r#"{{"channels":[{}]}}"#, many.join(","))),
        SafeContactError::TooManyChannels
    ));
}

#[test]
fn concurrent_plans_allow_only_what_both_allow() {
    let one = plan(
        r#"{"channels":[{"channel":"app"},{"channel":"sms","address":"+1","hours":"08:00-12:00"},
            {"channel":"call","address":"+2","hours":"08:00-09:00"}],"code_word":"mango","who_may_answer":"my sister"}"#,
    );
    let two = plan(
        r#"{"channels":[{"channel":"sms","address":"+1","hours":"11:00-20:00"},{"channel":"whatsapp","address":"+1"},
            {"channel":"call","address":"+2","hours":"10:00-11:00"}],"code_word":"papaya","do_not_reply":true}"#,
    );
    let merged = one.merge(&two);
    assert_eq!(
        serde_json::to_value(&merged).unwrap(),
        serde_json::json!({
            "channels": [{"channel": "sms", "address": "+1", "hours": "11:00-12:00"}],
            "code_word_unclear": true,
            "do_not_reply": true,
        })
    );
}

#[test]
fn an_unclear_code_word_stays_unclear() {
    let one = plan(r#"{"code_word":"mango"}"#);
    let unclear = one.merge(&plan(r#"{"code_word":"papaya"}"#));
    assert!(unclear.merge(&one).code_word_unclear);
    assert_eq!(unclear.merge(&one).code_word, None);
    assert_eq!(one.merge(&one), one);
}

#[test]
fn a_newer_version_may_add_fields_to_an_event() {
    let event = serde_json::json!({"channels": [], "do_not_reply": true, "later": 1});
    assert!(serde_json::from_value::<SafeContact>(event).unwrap().do_not_reply);
}

fn plans() -> impl Strategy<Value = SafeContact> {
    let hours = prop::option::of((0u16..24, 1u16..=23).prop_map(|(start, length)| {
        format!("{start:02}:00-{:02}:00", (start + length) % 24).parse::<Hours>().unwrap()
    }));
    let way = (0..Channel::ALL.len(), prop::option::of(0u8..3));
    let channels = prop::collection::btree_map(way, hours, 0..6).prop_map(|map| {
        let mut channels: Vec<_> = map
            .into_iter()
            .map(|((channel, address), hours)| SafeChannel {
                channel: Channel::ALL[channel],
                address: address.map(|n| format!("+{n}").parse().unwrap()),
                hours,
            })
            .collect();
        channels.sort();
        channels
    });
    let word = prop::option::of("[a-c]").prop_map(|word| word.map(|word| word.parse::<Line>().unwrap()));
    (channels, word.clone(), word, any::<bool>(), prop::option::of("[a-c\n]{0,5}")).prop_map(
        |(channels, code_word, who_may_answer, do_not_reply, notes)| SafeContact {
            channels,
            code_word,
            code_word_unclear: false,
            who_may_answer,
            do_not_reply,
            notes: notes.map(|notes| CaseText::new(notes).unwrap()),
        },
    )
}

proptest! {
    #[test]
    fn merging_is_orderless_and_never_allows_more(a in plans(), b in plans(), minute in 0u16..1440) {
        let merged = a.merge(&b);
        prop_assert_eq!(&merged, &b.merge(&a));
        prop_assert_eq!(&a.merge(&a), &a);
        prop_assert_eq!(&merged.merge(&b).channels, &merged.channels);
        for channel in Channel::ALL {
            for address in [None, Some("+0"), Some("+1"), Some("+2")] {
                let allows = |plan: &SafeContact| plan.allows(*channel, address, Some(minute));
                // In the app every address is the same place, so hours of several entries may meet elsewhere.
                if *channel != Channel::App {
                    prop_assert_eq!(allows(&merged), allows(&a) && allows(&b));
                } else {
                    prop_assert!(!allows(&merged) || allows(&a) && allows(&b));
                }
            }
        }
    }

    #[test]
    fn round_trips(plan in plans()) {
        let cbor = canonical::to_vec(&plan).unwrap();
        prop_assert_eq!(&canonical::from_slice::<SafeContact>(&cbor).unwrap(), &plan);
        let json = serde_json::to_vec(&plan).unwrap();
        prop_assert_eq!(&SafeContact::parse_json(&json).unwrap(), &plan);
    }

    #[test]
    fn files_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = SafeContact::parse_json(&bytes);
    }
}
