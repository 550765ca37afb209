//! Public signed data and join requests.

use amana_domain::ids::{DeviceId, Hash, OrganisationId};
use amana_protocol::{
    ErrorCode, Principal,
    wire::{JoinRow, Renewal},
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    int::{int, uint},
    mailbox,
    session::Session,
};
use crate::{
    auth::Caller,
    store::{StoreError, StoredTrust},
};

pub(super) fn load(connection: &Connection) -> Result<StoredTrust, StoreError> {
    let directories = connection
        .prepare_cached("SELECT signed FROM directory ORDER BY version")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let rosters = connection
        .prepare_cached("SELECT organisation, signed FROM roster ORDER BY organisation, n")?
        .query_map([], |row| Ok((row.get::<_, [u8; 16]>(0)?, row.get(1)?)))?
        .map(|row| {
            let (organisation, signed) = row?;
            let organisation = OrganisationId::from_slice(&organisation).map_err(|_| StoreError::Failed)?;
            Ok((organisation, signed))
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(StoredTrust { directories, rosters })
}

pub(super) fn add_directories(
    session: &mut Session,
    after: u64,
    directories: &[Vec<u8>],
    organisations: &[OrganisationId],
) -> Result<(), StoreError> {
    let newest: u64 =
        session.sql().query_row("SELECT coalesce(max(version), 0) FROM directory", [], |row| uint(row, 0))?;
    if newest != after {
        return Err(StoreError::Conflict { code: ErrorCode::DirectoryRollback, version: newest });
    }
    for (version, signed) in (after + 1..).zip(directories) {
        session.sql().execute(
            "INSERT INTO directory (version, signed) VALUES (?1, ?2)",
            params![int(version), signed],
        )?;
    }
    organisations.iter().try_for_each(|organisation| mailbox::make_intake(session, organisation))
}

pub(super) fn add_rosters(
    session: &Session,
    organisation: &OrganisationId,
    after: u64,
    heads: &[Vec<u8>],
    part: Option<&(u64, Vec<u8>)>,
    used: &[Hash],
) -> Result<(), StoreError> {
    let name = &organisation.as_bytes()[..];
    let newest: u64 = session.sql().query_row(
        "SELECT coalesce(max(n), 0) FROM roster WHERE organisation = ?1",
        [name],
        |row| uint(row, 0),
    )?;
    if newest != after {
        return Err(StoreError::Conflict { code: ErrorCode::RosterConflict, version: newest });
    }
    for (n, signed) in (after + 1..).zip(heads) {
        session.sql().execute(
            "INSERT INTO roster (organisation, n, signed) VALUES (?1, ?2, ?3)",
            params![name, int(n), signed],
        )?;
    }
    if let Some((n, part)) = part {
        session.sql().execute(
            "UPDATE roster SET part = ?3 WHERE organisation = ?1 AND n = ?2 AND part IS NULL",
            params![name, int(*n), part],
        )?;
    }
    for invite in used {
        session.sql().execute(
            "DELETE FROM join_request WHERE organisation = ?1 AND invite = ?2",
            params![name, &invite.as_bytes()[..]],
        )?;
    }
    Ok(())
}

/// Only the organisation's own desks may see its parts and join requests.
fn own(caller: &Caller, organisation: &OrganisationId) -> Result<(), StoreError> {
    if *caller.principal() == Principal::Organisation(*organisation) {
        Ok(())
    } else {
        Err(StoreError::Refused(ErrorCode::Unauthorised))
    }
}

pub(super) fn roster_part(
    connection: &Connection,
    caller: &Caller,
    organisation: &OrganisationId,
    n: u64,
) -> Result<Vec<u8>, StoreError> {
    own(caller, organisation)?;
    connection
        .prepare_cached("SELECT part FROM roster WHERE organisation = ?1 AND n = ?2")?
        .query_row(params![&organisation.as_bytes()[..], int(n)], |row| row.get::<_, Option<Vec<u8>>>(0))
        .optional()?
        .flatten()
        .ok_or(StoreError::Refused(ErrorCode::NotFound))
}

pub(super) fn add_join(
    session: &Session,
    organisation: &OrganisationId,
    join: &JoinRow,
    most: u64,
) -> Result<(), StoreError> {
    let (name, invite) = (&organisation.as_bytes()[..], &join.invite.as_bytes()[..]);
    let stored: Option<Vec<u8>> = session
        .sql()
        .prepare_cached("SELECT request FROM join_request WHERE organisation = ?1 AND invite = ?2")?
        .query_row(params![name, invite], |row| row.get(0))
        .optional()?;
    if let Some(stored) = stored {
        let repeat = stored == join.request;
        return if repeat { Ok(()) } else { Err(StoreError::Refused(ErrorCode::InviteUsed)) };
    }
    let waiting: u64 = session.sql().query_row(
        "SELECT count(*) FROM join_request WHERE organisation = ?1",
        [name],
        |row| uint(row, 0),
    )?;
    if waiting >= most {
        return Err(StoreError::Refused(ErrorCode::Quota));
    }
    session.sql().execute(
        "INSERT INTO join_request (organisation, invite, request) VALUES (?1, ?2, ?3)",
        params![name, invite, join.request],
    )?;
    Ok(())
}

pub(super) fn joins(
    connection: &Connection,
    caller: &Caller,
    organisation: &OrganisationId,
) -> Result<Vec<JoinRow>, StoreError> {
    own(caller, organisation)?;
    Ok(connection
        .prepare_cached("SELECT invite, request FROM join_request WHERE organisation = ?1 ORDER BY invite")?
        .query_map([&organisation.as_bytes()[..]], |row| {
            Ok(JoinRow { invite: Hash::from_bytes(row.get(0)?), request: row.get(1)? })
        })?
        .collect::<Result<_, _>>()?)
}

pub(super) fn add_renewal(
    session: &Session,
    organisation: &OrganisationId,
    device: &DeviceId,
    renewal: &Renewal,
) -> Result<(), StoreError> {
    session.sql().execute(
        "INSERT INTO renewal (organisation, device, invite, certificate) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET invite = excluded.invite, certificate = excluded.certificate",
        params![&organisation.as_bytes()[..], &device.as_bytes()[..], renewal.invite, renewal.certificate],
    )?;
    Ok(())
}

pub(super) fn renewals(
    connection: &Connection,
    caller: &Caller,
    organisation: &OrganisationId,
) -> Result<Vec<(DeviceId, Renewal)>, StoreError> {
    own(caller, organisation)?;
    Ok(connection
        .prepare_cached(
            "SELECT device, invite, certificate FROM renewal WHERE organisation = ?1 ORDER BY device",
        )?
        .query_map([&organisation.as_bytes()[..]], |row| {
            let renewal = Renewal { invite: row.get(1)?, certificate: row.get(2)? };
            Ok((DeviceId::from_bytes(row.get(0)?), renewal))
        })?
        .collect::<Result<_, _>>()?)
}

pub(super) fn drop_renewals(
    session: &Session,
    organisation: &OrganisationId,
    devices: &[DeviceId],
) -> Result<(), StoreError> {
    for device in devices {
        session.sql().execute(
            "DELETE FROM renewal WHERE organisation = ?1 AND device = ?2",
            params![&organisation.as_bytes()[..], &device.as_bytes()[..]],
        )?;
    }
    Ok(())
}
