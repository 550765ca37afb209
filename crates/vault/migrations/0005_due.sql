-- Projection: what of an open case falls due when. `what` is a clock or `task`, `item` a task's event, `half` the mark at
-- which a clock warns. Found by time, never by looking at every case.
CREATE TABLE due (
    case_id BLOB NOT NULL, what TEXT NOT NULL, item BLOB NOT NULL, half INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (case_id, what, item, half)
) WITHOUT ROWID;
CREATE INDEX due_by_time ON due (at_ms, case_id, what, item, half);
CREATE INDEX due_by_mark ON due (half, at_ms, case_id, what, item);
-- Cases that were there before are projected anew with the next sync.
INSERT OR IGNORE INTO dirty SELECT case_id FROM cases;
