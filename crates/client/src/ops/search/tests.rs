//! Searching a phone's vault: every script, hostile searches, what comes and goes.

use std::{path::Path, sync::Arc};

use amana_crypto::{passphrase::Passphrase, slots::Cost};
use amana_domain::{
    codes::CaseKind, event::Facts, ids::OrganisationId, text::CaseText, trust::link::fingerprint_text,
};

use crate::{
    Client, Env, Field,
    ops::{FileRequest, Hit, join_phone},
    transport::HttpTransport,
};

fn phone(dir: &Path) -> Client {
    let fingerprint = fingerprint_text(&amana_domain::ids::Hash::of(b"root"));
    join_phone(
        &dir.join("phone"),
        &Passphrase::parse("one two three four five six").unwrap(),
        Cost::for_tests(),
        &format!("http://127.0.0.1:9/#amana={fingerprint}"),
        Env::system(),
        Arc::new(HttpTransport::new().unwrap()),
    )
    .unwrap()
}

fn file(phone: &mut Client, text: &str) -> amana_domain::ids::CaseId {
    let filed = phone.file(FileRequest {
        to: OrganisationId::from_hash(&[1; 32]),
        kind: CaseKind::Grievance,
        text: CaseText::new(text.to_owned()).unwrap(),
        grievances: vec![],
        situations: vec![],
        facts: Facts::default(),
        safe_contact: None,
        name: None,
    });
    filed.unwrap().case
}

fn texts(hits: &[Hit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.snippet.as_str()).collect()
}

#[test]
fn words_of_every_script_are_found_with_or_without_spaces_and_marks() {
    let dir = tempfile::tempdir().unwrap();
    let mut phone = phone(dir.path());
    for (text, searches) in [
        ("My employer kept my passport.", &["passport", "PASSPORT kept", "employ", "pass"][..]),
        ("Họ không trả tiền lương cho tôi", &["tiền lương", "tien luong"]),
        ("El patrón no me pagó", &["patron", "PAGÓ"]),
        ("نائب الشركة لم يدفع الرَّاتِب ثلاثة أشهر", &["الراتب", "راتب الشركة", "اشهر", "الرَّاتب"]),
        ("کفیل نے پاسپورٹ رکھ لیا", &["کفیل", "كفيل", "پاسپورٹ"]),
        ("मालिक ने मेरा पासपोर्ट ले लिया", &["मेरा", "पासपोर्ट", "मालिक पासपोर्ट"]),
        ("মালিক আমার বেতন দেয় না", &["বেতন", "আমার মালিক"]),
        ("முதலாளி சம்பளம் தரவில்லை", &["சம்பளம்"]),
        ("නිවසේ වැඩ කරනවා", &["වැඩ"]),
        ("ደሞዝ አልከፈሉኝም", &["ደሞዝ"]),
        ("Хозяин забрал паспорт", &["ПАСПОРТ", "забрал"]),
        ("นายจ้างไม่จ่ายเงินเดือนสามเดือน", &["เงินเดือน", "นายจ้าง", "จ่าย", "ไม่จ่ายเงิน"]),
        ("ນາຍຈ້າງບໍ່ຈ່າຍເງິນເດືອນ", &["ເງິນເດືອນ", "ຈ່າຍ", "ນາຍຈ້າງ"]),
        ("និយោជកមិនបើកប្រាក់ខែឱ្យខ្ញុំ", &["ប្រាក់ខែ", "និយោជក", "មិន"]),
        ("အလုပ်ရှင်ကလစာမပေးဘူး", &["လစာ", "အလုပ်ရှင်", "မပေး"]),
        ("老板拖欠工资三个月", &["工资", "欠工资", "老板", "拖欠工资 三个月"]),
        ("社長がパスポートを取り上げた", &["パスポート", "社長"]),
        ("paid 1,200.50 QAR.Then nothing", &["1200", "then", "qar"]),
    ] {
        let case = file(&mut phone, text);
        for search in searches {
            // Texts may share a word: this one has to be among those found, and shown.
            let hits = phone.search(search, 20).unwrap();
            let hit = hits.iter().find(|hit| hit.case == case);
            let hit = hit.unwrap_or_else(|| panic!("{search} in {text}: {:?}", texts(&hits)));
            assert_eq!((hit.field, hit.snippet.as_str()), (Field::Narrative, text), "{search}");
        }
    }
    for nowhere in ["zebra", "راتبكم", "工厂", "ฟัน", "सेब", "passport zebra"] {
        assert_eq!(texts(&phone.search(nowhere, 20).unwrap()), Vec::<&str>::new(), "{nowhere}");
    }
    assert_eq!(phone.search("passport", 1).unwrap().len(), 1);
    assert_eq!(phone.search("passport", 0).unwrap().len(), 0);
    assert_eq!(phone.verify().unwrap().problems, []);
}

#[test]
fn what_is_typed_is_never_syntax() {
    let dir = tempfile::tempdir().unwrap();
    let mut phone = phone(dir.path());
    let case = file(&mut phone, "or and not near words names: the \"wage\" was kept");
    for search in [
        "wage",
        "\"wage\"",
        "wage*",
        "(wage",
        "wage)",
        "wage OR",
        "NOT wage",
        "words : wage -",
        "^wage +",
        "AND",
    ] {
        let hits = phone.search(search, 5).unwrap();
        assert_eq!(hits.iter().map(|hit| hit.case).collect::<Vec<_>>(), [case], "{search}");
    }
    for nothing in [
        "wage AND zebra",
        "zebra OR wage",
        "zebra NOT x",
        "NEAR(wage zebra, 10)",
        "{words names} : zebra",
        "search MATCH 'x'; DROP TABLE search",
        "' OR 1=1 --",
        "rank",
        "",
        " ",
        "\0",
        "\0\"\0",
        "\u{202E}\u{FEFF}",
        "😀",
    ] {
        assert_eq!(texts(&phone.search(nothing, 5).unwrap()), Vec::<&str>::new(), "{nothing:?}");
    }
    // A NUL separates; nothing behind it is lost.
    assert_eq!(phone.search("wage\0kept", 5).unwrap().len(), 1);
    // A megabyte of anything is an answer, not a failure.
    for piece in ["\"", "a* ", "(", "wage ", "OR ", "老", "é\u{301}", "\0", "NEAR("] {
        let _ = phone.search(&piece.repeat(1024 * 1024 / piece.len()), 5).unwrap();
    }
    assert_eq!(phone.search(&"wage ".repeat(200_000), 5).unwrap().len(), 1);
    assert_eq!(phone.verify().unwrap().problems, []);
}

#[test]
fn numbers_are_found_as_people_say_them() {
    let dir = tempfile::tempdir().unwrap();
    let mut phone = phone(dir.path());
    let case = file(&mut phone, "not paid");
    file(&mut phone, "not paid either");
    let number = phone.search("paid", 5).unwrap().into_iter().find(|hit| hit.case == case).unwrap().number;
    for search in [number.clone(), number.to_lowercase(), number.replace('-', ""), number[..4].to_owned()] {
        let hits = phone.search(&search, 5).unwrap();
        assert_eq!(hits.iter().map(|hit| hit.case).collect::<Vec<_>>(), [case], "{search}");
        assert_eq!(hits[0].field, Field::Number);
    }
}

#[test]
fn an_index_that_is_missing_is_made_by_the_first_search() {
    let dir = tempfile::tempdir().unwrap();
    let mut phone = phone(dir.path());
    let cases: Vec<_> = (0..5).map(|n| file(&mut phone, &format!("passport {n}"))).collect();
    // As after a migration: rows, and nothing indexed.
    phone
        .write(|tx| {
            tx.clear_search()?;
            cases.iter().try_for_each(|case| Ok(tx.mark_unsearched(*case)?))
        })
        .unwrap();
    assert_eq!(phone.verify().unwrap().problems, [], "waiting is no fault");
    assert_eq!(phone.search("passport", 20).unwrap().len(), 5);
    assert_eq!(phone.read(|tx| Ok(tx.unsearched(9)?)).unwrap(), []);
    // One that is missing and does not wait is a fault, and made anew.
    phone.write(|tx| Ok(tx.delete_search(cases[0])?)).unwrap();
    assert_eq!(phone.verify().unwrap().problems.len(), 1);
    assert_eq!(phone.search("passport", 20).unwrap().len(), 4);
    phone.rebuild().unwrap();
    assert_eq!(phone.verify().unwrap().problems, []);
    assert_eq!(phone.search("passport", 20).unwrap().len(), 5);
}
