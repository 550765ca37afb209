-- What every sync looks up, found without reading all letters or mailboxes.
CREATE INDEX letters_by_case ON letters (case_id);
CREATE INDEX mailboxes_behind ON mailboxes (mailbox) WHERE cursor < head AND gone = 0;
