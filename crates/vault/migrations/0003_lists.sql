-- Access lists of mailboxes as this device last wrote them at the relay: `list` is the canonical array of members.
CREATE TABLE lists (mailbox BLOB PRIMARY KEY, version INTEGER NOT NULL, list BLOB NOT NULL) WITHOUT ROWID;

-- What a mailbox held when this device was let in: its feed never names these blobs.
ALTER TABLE mailboxes ADD COLUMN joined INTEGER NOT NULL DEFAULT 0;

-- Several letters may claim the key of an epoch: the one that opened something, or that this device made, is proven.
CREATE TABLE log_keys_2 (
    log BLOB NOT NULL, epoch BLOB NOT NULL, key BLOB NOT NULL, proven INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (log, epoch, key)
) WITHOUT ROWID;
INSERT INTO log_keys_2 SELECT log, epoch, key, 1 FROM log_keys;
DROP TABLE log_keys;
ALTER TABLE log_keys_2 RENAME TO log_keys;
