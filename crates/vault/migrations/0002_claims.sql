-- Several letters may claim one mailbox: the log whose first event lies there is its log.
CREATE TABLE logs_2 (
    log BLOB PRIMARY KEY, case_id BLOB NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL, mailbox BLOB NOT NULL
) WITHOUT ROWID;
INSERT INTO logs_2 SELECT log, case_id, kind, n, mailbox FROM logs;
DROP TABLE logs;
ALTER TABLE logs_2 RENAME TO logs;
CREATE INDEX logs_by_case ON logs (case_id);
CREATE INDEX logs_by_mailbox ON logs (mailbox);

-- Places that the relay has sworn to and not shown yet.
CREATE TABLE acks (
    mailbox BLOB NOT NULL, seq INTEGER NOT NULL, blob BLOB NOT NULL, PRIMARY KEY (mailbox, seq)
) WITHOUT ROWID;
