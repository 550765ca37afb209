-- Access lists of mailboxes as this device last wrote them at the relay: `list` is the canonical array of members.
CREATE TABLE lists (mailbox BLOB PRIMARY KEY, version INTEGER NOT NULL, list BLOB NOT NULL) WITHOUT ROWID;
