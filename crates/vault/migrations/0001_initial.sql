-- What a phone or desk holds. Every row lives inside the encrypted database.

-- Settings and small secrets of this device, by name.
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;

-- The deployment's directory chain and the rosters of every organisation, as signed.
CREATE TABLE directories (version INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE rosters (
    organisation BLOB NOT NULL, n INTEGER NOT NULL, head BLOB NOT NULL, part BLOB,
    PRIMARY KEY (organisation, n)
) WITHOUT ROWID;
-- Secrets of this team's clearance keys, by generation.
CREATE TABLE clearance_secrets (
    clearance TEXT NOT NULL, generation INTEGER NOT NULL, seed BLOB NOT NULL,
    PRIMARY KEY (clearance, generation)
) WITHOUT ROWID;

-- Cases. The seeds are those of the phone that filed it; a desk has none.
CREATE TABLE cases (
    case_id BLOB PRIMARY KEY, root BLOB NOT NULL, kem BLOB NOT NULL,
    sign_seed BLOB, kem_seed BLOB, relay_seed BLOB
) WITHOUT ROWID;
CREATE TABLE logs (
    log BLOB PRIMARY KEY, case_id BLOB NOT NULL, kind TEXT NOT NULL, n INTEGER NOT NULL,
    mailbox BLOB NOT NULL UNIQUE
) WITHOUT ROWID;
CREATE INDEX logs_by_case ON logs (case_id);
CREATE TABLE log_keys (log BLOB NOT NULL, epoch BLOB NOT NULL, key BLOB NOT NULL, PRIMARY KEY (log, epoch)) WITHOUT ROWID;

-- The event log. `at_relay`: a signed acknowledgement, or the mailbox itself, proves that the relay has it.
CREATE TABLE events (
    arrival INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, log BLOB NOT NULL, content BLOB NOT NULL,
    at_relay INTEGER NOT NULL DEFAULT 0, verdict TEXT NOT NULL DEFAULT 'pending'
);
CREATE INDEX events_by_log ON events (log, arrival);
-- Envelopes that no key opens yet; tried again when a key arrives.
CREATE TABLE unopened (mailbox BLOB NOT NULL, seq INTEGER NOT NULL, envelope BLOB NOT NULL, PRIMARY KEY (mailbox, seq)) WITHOUT ROWID;
-- Key letters, kept so that they can be offered again: the recoverable key ring.
CREATE TABLE letters (blob BLOB PRIMARY KEY, mailbox BLOB NOT NULL, case_id BLOB, envelope BLOB NOT NULL) WITHOUT ROWID;

-- What is known of mailboxes at the relay: how far this device has read (`cursor`, with the chain there), and the
-- furthest that the relay has ever shown.
CREATE TABLE mailboxes (
    mailbox BLOB PRIMARY KEY, principal BLOB NOT NULL, cursor INTEGER NOT NULL DEFAULT 0, chain BLOB NOT NULL,
    head INTEGER NOT NULL DEFAULT 0, gone INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE feeds (principal BLOB PRIMARY KEY, cursor INTEGER NOT NULL, chain BLOB NOT NULL) WITHOUT ROWID;

-- What has to go to the relay, each item with a state of its own.
CREATE TABLE outbox (
    item INTEGER PRIMARY KEY, kind TEXT NOT NULL, case_id BLOB, ref BLOB NOT NULL,
    state TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0, next_ms INTEGER NOT NULL DEFAULT 0,
    error TEXT, UNIQUE (kind, ref)
);

-- Cases whose projection or receipts are due.
CREATE TABLE dirty (case_id BLOB PRIMARY KEY) WITHOUT ROWID;

-- Projection: one row per case, rebuilt from the log at will.
CREATE TABLE case_rows (
    case_id BLOB PRIMARY KEY, open INTEGER NOT NULL, priority INTEGER NOT NULL, due_ms INTEGER NOT NULL,
    number TEXT NOT NULL, summary BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX case_rows_triage ON case_rows (open, priority, due_ms, case_id, number);
CREATE INDEX case_rows_number ON case_rows (number);
