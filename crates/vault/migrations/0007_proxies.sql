-- Cases that staff entered for people without a phone: the seed of the case key, which the team speaks with.
CREATE TABLE proxies (case_id BLOB PRIMARY KEY, sign_seed BLOB NOT NULL) WITHOUT ROWID;
