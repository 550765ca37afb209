//! Numbered, append-only schema changes. The schema version is the length of the list.

use rusqlite::Connection;

use crate::VaultError;

const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_initial.sql"),
    include_str!("../migrations/0002_claims.sql"),
    include_str!("../migrations/0003_lists.sql"),
    include_str!("../migrations/0004_merges.sql"),
    include_str!("../migrations/0005_due.sql"),
    include_str!("../migrations/0006_lookups.sql"),
    include_str!("../migrations/0007_proxies.sql"),
    include_str!("../migrations/0008_claimed_logs.sql"),
    include_str!("../migrations/0009_search.sql"),
];

/// Brings the schema up to date, each step in a transaction of its own; refuses a newer one.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), VaultError> {
    apply(connection, MIGRATIONS)
}

fn apply(connection: &mut Connection, steps: &[&str]) -> Result<(), VaultError> {
    let version: usize = connection
        .pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?
        .try_into()
        .map_err(|_| VaultError::Damaged)?;
    if version > steps.len() {
        return Err(VaultError::TooNew);
    }
    for (index, step) in steps.iter().enumerate().skip(version) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", i64::try_from(index + 1).unwrap_or(i64::MAX))?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: &[&str] = &[
        "CREATE TABLE notes (text TEXT NOT NULL); INSERT INTO notes VALUES ('kept');",
        "ALTER TABLE notes ADD COLUMN language TEXT NOT NULL DEFAULT 'und';",
        "CREATE INDEX notes_language ON notes (language);",
    ];

    fn version(connection: &Connection) -> i64 {
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    }

    fn note(connection: &Connection) -> (String, String) {
        connection
            .query_row("SELECT text, language FROM notes", [], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
    }

    #[test]
    fn every_older_version_is_brought_up_to_date_and_keeps_its_rows() {
        for old in 0..=STEPS.len() {
            let mut connection = Connection::open_in_memory().unwrap();
            apply(&mut connection, &STEPS[..old]).unwrap();
            assert_eq!(version(&connection), old as i64);
            apply(&mut connection, STEPS).unwrap();
            assert_eq!(version(&connection), 3);
            assert_eq!(note(&connection), ("kept".to_owned(), "und".to_owned()));
            // Once more changes nothing.
            apply(&mut connection, STEPS).unwrap();
            assert_eq!(version(&connection), 3);
        }
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        let broken =
            [STEPS[0], "ALTER TABLE notes ADD COLUMN language TEXT NOT NULL DEFAULT 'und'; SELECT nonsense;"];
        assert!(apply(&mut connection, &broken).is_err());
        assert_eq!(version(&connection), 1);
        // Nothing of the step is left: the right one applies.
        apply(&mut connection, STEPS).unwrap();
        assert_eq!(note(&connection).0, "kept");
    }

    #[test]
    fn a_newer_schema_is_refused_untouched() {
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection, STEPS).unwrap();
        assert!(matches!(apply(&mut connection, &STEPS[..2]), Err(VaultError::TooNew)));
        assert_eq!(version(&connection), 3);
        connection.pragma_update(None, "user_version", -1).unwrap();
        assert!(matches!(apply(&mut connection, STEPS), Err(VaultError::Damaged)));
    }

    #[test]
    fn a_vault_of_the_first_version_keeps_its_logs_and_lets_others_claim_a_mailbox() {
        let mut connection = Connection::open_in_memory().unwrap();
        apply(&mut connection, &MIGRATIONS[..1]).unwrap();
        connection.execute("INSERT INTO logs VALUES (x'01', x'02', 'talk', 3, x'04')", []).unwrap();
        let claim = "INSERT INTO logs VALUES (x'05', x'06', 'core', 0, x'04')";
        assert!(connection.execute(claim, []).is_err());
        migrate(&mut connection).unwrap();
        connection.execute(claim, []).unwrap();
        let kept: (String, i64, Vec<u8>) = connection
            .query_row("SELECT kind, n, mailbox FROM logs WHERE log = x'01' AND case_id = x'02'", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .unwrap();
        assert_eq!(kept, ("talk".to_owned(), 3, vec![4]));
    }

    #[test]
    fn the_real_steps_apply_to_an_empty_database() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        assert_eq!(version(&connection), MIGRATIONS.len() as i64);
    }
}
