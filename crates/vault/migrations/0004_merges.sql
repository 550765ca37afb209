-- Projection: cases that are duplicates of others, and whether they hold words of the migrant that nobody has opened.
CREATE TABLE merges (case_id BLOB PRIMARY KEY, into_id BLOB NOT NULL, unread INTEGER NOT NULL) WITHOUT ROWID;
