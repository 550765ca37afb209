//! The relay: mailboxes, feeds, rosters and the directory. It can read no content.
