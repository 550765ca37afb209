//! `person`: somebody of a case.

use amana_domain::person::Person;

use super::words::{country, language, line, word};
use crate::{
    args::person::PersonArgs, context::Context, error::CliError, json::PersonAdded, output::Output, reference,
};

/// Reads the arguments.
fn person(args: &PersonArgs) -> Result<Person, CliError> {
    Ok(Person {
        name: line(&args.name)?,
        native_name: line(&args.native_name)?,
        relation: line(&args.relation)?,
        sex: word(&args.sex)?,
        age_band: args.age_band,
        birth_date: word(&args.birth_date)?,
        nationality: country(&args.nationality)?,
        language: language(&args.language)?,
        interpreter_sex: word(&args.interpreter_sex)?,
        phone: line(&args.phone)?,
        document: line(&args.document)?,
        unnamed_to_group: args.unnamed,
        ..Person::new(args.role)
    })
}

/// Adds her with a vault that is open already.
pub fn add(
    context: &Context,
    mut client: amana_client::Client,
    args: &PersonArgs,
) -> Result<Output, CliError> {
    let person = person(args)?;
    let case = reference::case(&mut client, &args.case)?;
    let log = client.add_person(case, person)?;
    let view = PersonAdded { case: case.to_string(), log: log.map(|log| log.log.to_string()) };
    Ok(Output::new(context, &view))
}
