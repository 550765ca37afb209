-- Projection: the words of each case, for full-text search. The caller cuts words; the index only splits at spaces. It
-- keeps no text of its own: what is shown comes from the case's row.
CREATE VIRTUAL TABLE search USING fts5 (
    words, names, sounds, parts, content = '', contentless_delete = 1, tokenize = 'ascii'
);
-- Which case a row of the index is, and of what it was made.
CREATE TABLE searched (doc INTEGER PRIMARY KEY, case_id BLOB NOT NULL UNIQUE, digest BLOB NOT NULL);
-- Cases that were there before: indexed by the first search, some at a time.
CREATE TABLE unsearched (case_id BLOB PRIMARY KEY) WITHOUT ROWID;
INSERT INTO unsearched SELECT case_id FROM case_rows;
