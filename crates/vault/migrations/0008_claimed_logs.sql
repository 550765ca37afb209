-- Letters of several cases may name one log: it is the log of the case in which its first event stands.
CREATE TABLE logs_2 (
    log BLOB NOT NULL, case_id BLOB NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL, mailbox BLOB NOT NULL,
    PRIMARY KEY (log, case_id)
) WITHOUT ROWID;
INSERT INTO logs_2 SELECT log, case_id, kind, n, mailbox FROM logs;
DROP TABLE logs;
ALTER TABLE logs_2 RENAME TO logs;
CREATE INDEX logs_by_case ON logs (case_id);
CREATE INDEX logs_by_mailbox ON logs (mailbox);
