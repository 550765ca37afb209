-- Access lists of mailboxes as this device last wrote them at the relay: `list` is the canonical array of members.
CREATE TABLE lists (mailbox BLOB PRIMARY KEY, version INTEGER NOT NULL, list BLOB NOT NULL) WITHOUT ROWID;

-- A mailbox that this device was let into holds blobs that its feed never named: it has to be read once.
ALTER TABLE mailboxes ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
