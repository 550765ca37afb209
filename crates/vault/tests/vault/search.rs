//! The full-text index: what goes in is found, what goes out is not, and it survives closing.

use amana_domain::ids::CaseId;
use amana_vault::{
    Role, Tx, VaultError,
    store::{CaseRow, SearchRow},
};

use crate::common::*;

fn case(n: u8) -> CaseId {
    CaseId::from_slice(&[n; 16]).unwrap()
}

fn put(tx: &Tx<'_>, n: u8, words: &str, names: &str) -> Result<(), VaultError> {
    let row = CaseRow {
        case: case(n),
        open: true,
        priority: 1,
        due_ms: 0,
        number: n.to_string(),
        summary: vec![n],
    };
    tx.put_case_row(&row)?;
    tx.put_search(case(n), &[n; 32], &SearchRow { words, names, sounds: "", parts: "" })
}

fn found(tx: &Tx<'_>, expression: &str) -> Result<Vec<CaseId>, VaultError> {
    Ok(tx.search(expression, 20, 0)?.into_iter().map(|row| row.case).collect())
}

#[test]
fn what_is_put_in_is_found_and_what_is_taken_out_is_not() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("vault");
    let mut vault = create(&path, Role::Desk).unwrap();
    vault
        .write(|tx| {
            put(tx, 1, "passport kept", "maria")?;
            put(tx, 2, "wages passport", "")?;
            put(tx, 3, "maria said so", "")
        })
        .unwrap();
    drop(vault);
    let mut vault = open(&path).unwrap();
    vault
        .write(|tx| {
            assert_eq!(found(tx, "\"maria\"")?, [case(1), case(3)], "a name counts more");
            let mut both = found(tx, "\"passport\"")?;
            both.sort();
            assert_eq!(both, [case(1), case(2)]);
            assert_eq!(found(tx, "\"pass\" *")?.len(), 2);
            assert_eq!(tx.search("\"passport\"", 1, 1)?.len(), 1);
            assert_eq!(tx.search_digest(case(1))?, Some([1; 32]));
            // Anew: the old words are gone.
            put(tx, 1, "returned", "maria")?;
            assert_eq!(found(tx, "\"passport\"")?, [case(2)]);
            assert_eq!(found(tx, "\"returned\"")?, [case(1)]);
            tx.delete_search(case(2))?;
            assert_eq!(found(tx, "\"passport\"")?, []);
            assert_eq!(tx.search_digest(case(2))?, None);
            tx.clear_search()?;
            assert_eq!(found(tx, "\"maria\"")?, []);
            put(tx, 3, "again", "")?;
            assert_eq!(found(tx, "\"again\"")?, [case(3)]);
            Ok::<_, VaultError>(())
        })
        .unwrap();
    assert!(vault.check_pages().unwrap());
}

#[test]
fn words_of_every_script_are_whole() {
    let place = tempfile::tempdir().unwrap();
    let mut vault = create(&place.path().join("vault"), Role::Desk).unwrap();
    vault
        .write(|tx| {
            let words = ["मेरा", "จ่าย", "ប្រាក់", "လစာ", "ເງິນ", "工资", "راتب", "ደሞዝ", "tiền"];
            for (n, word) in (1..).zip(words) {
                put(tx, n, &format!("a {word} b"), "")?;
            }
            for (n, word) in (1..).zip(words) {
                assert_eq!(found(tx, &format!("\"{word}\""))?, [case(n)], "{word}");
            }
            Ok::<_, VaultError>(())
        })
        .unwrap();
}

#[test]
fn cases_wait_until_they_are_indexed() {
    let place = tempfile::tempdir().unwrap();
    let mut vault = create(&place.path().join("vault"), Role::Desk).unwrap();
    vault
        .write(|tx| {
            tx.mark_unsearched(case(2))?;
            tx.mark_unsearched(case(1))?;
            tx.mark_unsearched(case(1))?;
            assert_eq!(tx.unsearched(1)?, [case(1)]);
            put(tx, 1, "x", "")?;
            assert_eq!(tx.unsearched(9)?, [case(2)]);
            tx.delete_search(case(2))?;
            assert_eq!(tx.unsearched(9)?, []);
            Ok::<_, VaultError>(())
        })
        .unwrap();
}
