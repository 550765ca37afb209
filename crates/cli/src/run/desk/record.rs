//! `amana desk VAULT record`.

use std::path::Path;

use amana_client::{Client, ops::Record};
use amana_domain::{
    codes::GrievanceCode,
    grievance::{Amount, Grievance},
    ids::CaseId,
    pack::DomainPack,
    period::Period,
    place::Place,
    text::CaseText,
};

use crate::{
    args::{desk::record::RecordArgs, values},
    codes::RecordLog,
    context::Context,
    error::{CliError, Code},
    output::Output,
    reference,
    run::words::word,
    session,
};

/// Records something in a part of the case made for it.
pub async fn run(context: &Context, vault: &Path, args: RecordArgs) -> Result<Output, CliError> {
    // What does not belong to this part is a mistake, never something to leave out silently.
    if args.has_wages() && args.log != RecordLog::Wages {
        return Err(CliError::usage("--log wages"));
    }
    if args.place.is_some() && args.log != RecordLog::Location {
        return Err(CliError::usage("--log location"));
    }
    let text = args.text().map(|text| super::super::case_text(text.read()?)).transpose()?;
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let record = match args.log {
        RecordLog::Wages => Record::Wages(Box::new(wages(&mut client, case, &args, text)?)),
        RecordLog::Location => {
            let (Some(at), None) = (args.place, text) else { return Err(CliError::usage("--place")) };
            Record::Place(place(at)?)
        }
        RecordLog::Medical => Record::Health(text.ok_or_else(|| CliError::usage("--text or --text-file"))?),
        RecordLog::Status => Record::Migration(text.ok_or_else(|| CliError::usage("--text or --text-file"))?),
    };
    let event = client.record(case, record)?;
    Ok(super::super::written(context, case, event))
}

fn wages(
    client: &mut Client,
    case: CaseId,
    args: &RecordArgs,
    statement: Option<CaseText>,
) -> Result<Grievance, CliError> {
    if args.amount.is_empty() && statement.is_none() {
        return Err(CliError::usage("--amount, --text or --text-file"));
    }
    let code = match &args.grievance {
        Some(text) => text
            .parse::<GrievanceCode>()
            .ok()
            .filter(|code| code.is_known(DomainPack::builtin()))
            .ok_or_else(|| CliError::bad_value(Code::CodeUnknown, text))?,
        None => {
            let main = client.peek(case)?.grievances.first().cloned();
            main.ok_or_else(|| CliError::usage("--grievance"))?
        }
    };
    let (from, to) = (word(&args.from)?, word(&args.until)?);
    let period = match (from, to) {
        (None, None) => None,
        _ => Some(Period::new(from, to).map_err(|_| CliError::usage("--from, --until"))?),
    };
    let amounts = args
        .amount
        .iter()
        .map(|amount| Amount {
            kind: amount.kind,
            money: amount.money,
            receipt: None,
            period: None,
            note: None,
        })
        .collect();
    Ok(Grievance { period, amounts, statement, ..Grievance::new(code) })
}

/// In millionths of a degree; the argument is within range.
fn place(at: values::Place) -> Result<Place, CliError> {
    let e6 = |degrees: f64| (degrees * 1e6).round() as i32;
    Place::new(e6(at.latitude), e6(at.longitude), at.accuracy_m, at.age_s)
        .map_err(|_| CliError::usage("--place"))
}
