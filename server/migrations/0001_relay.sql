-- Everything a relay keeps: ciphertext, hashes, public signed data, arrival days. No times, addresses or names.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Public signed data.
CREATE TABLE directory (
    version INTEGER PRIMARY KEY,
    signed  BLOB NOT NULL
) STRICT;

CREATE TABLE roster (
    id           INTEGER PRIMARY KEY,
    organisation BLOB NOT NULL,
    n            INTEGER NOT NULL,
    signed       BLOB NOT NULL,
    part         BLOB,
    UNIQUE (organisation, n)
) STRICT;

CREATE TABLE join_request (
    organisation BLOB NOT NULL,
    invite       BLOB NOT NULL,
    request      BLOB NOT NULL,
    PRIMARY KEY (organisation, invite)
) STRICT;

-- A phone's relay key or an organisation. `feed_head` is the last sequence in its feed, `feed_chain` the chain there.
CREATE TABLE principal (
    id        INTEGER PRIMARY KEY,
    name      BLOB NOT NULL UNIQUE,
    admitted  INTEGER NOT NULL,
    mailboxes INTEGER NOT NULL,
    bytes     INTEGER NOT NULL,
    feed_head INTEGER NOT NULL,
    feed_chain BLOB NOT NULL
) STRICT;

CREATE TABLE mailbox (
    id           INTEGER PRIMARY KEY,
    name         BLOB NOT NULL UNIQUE,
    intake       INTEGER NOT NULL,
    gone         INTEGER NOT NULL,
    list_version INTEGER NOT NULL,
    head         INTEGER NOT NULL,
    chain        BLOB NOT NULL,
    bytes        INTEGER NOT NULL,
    last_day     INTEGER NOT NULL
) STRICT;

-- role: 1 owner, 2 reader, 4 writer, added up.
CREATE TABLE access (
    mailbox   INTEGER NOT NULL,
    principal INTEGER NOT NULL,
    role      INTEGER NOT NULL,
    PRIMARY KEY (mailbox, principal)
) STRICT, WITHOUT ROWID;

-- place = mailbox * 2^32 + sequence: a mailbox's blobs lie side by side and need no second index.
CREATE TABLE blob (
    place    INTEGER PRIMARY KEY,
    mailbox  INTEGER NOT NULL,
    id       BLOB NOT NULL,
    day      INTEGER NOT NULL,
    chain    BLOB NOT NULL,
    envelope BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX blob_by_id ON blob (mailbox, id);

-- kind: 0 blob, 1 joined, 2 left.
CREATE TABLE feed (
    principal INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    kind      INTEGER NOT NULL,
    mailbox   INTEGER NOT NULL,
    blob_seq  INTEGER NOT NULL,
    chain     BLOB NOT NULL,
    PRIMARY KEY (principal, seq)
) STRICT, WITHOUT ROWID;

-- Hashes of admission tokens; a used one is bound to the blob it paid for.
CREATE TABLE token (
    hash BLOB PRIMARY KEY,
    blob BLOB
) STRICT, WITHOUT ROWID;
