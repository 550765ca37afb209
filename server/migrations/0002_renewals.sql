-- Devices of a team that ask to be listed for longer: their new certificates, as parts of rosters carry them.
CREATE TABLE renewal (
    organisation BLOB NOT NULL,
    device       BLOB NOT NULL,
    invite       BLOB NOT NULL,
    certificate  BLOB NOT NULL,
    PRIMARY KEY (organisation, device)
) STRICT;
