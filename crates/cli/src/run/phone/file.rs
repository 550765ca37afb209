//! `amana phone VAULT file`.

use std::path::Path;

use amana_client::ops::FileRequest;
use amana_domain::{
    codes::{Country, GrievanceCode, Language, SituationCode},
    event::Facts,
    ids::OrganisationId,
    pack::DomainPack,
    safe_contact::SafeContact,
};

use crate::{
    args::phone::FileArgs, context::Context, error::CliError, error::Code, json::Filed, output::Output,
    session,
};

/// Files a complaint, emergency or request for help.
pub async fn run(context: &Context, vault: &Path, args: FileArgs) -> Result<Output, CliError> {
    super::super::without_attachments(&args.attach, "phone file --attach")?;
    let request = request(&args)?;
    let mut client = session::phone(context, vault)?;
    let to = client.find_organisation(&args.to).map_err(|error| CliError::from(error).about(&args.to))?;
    let filed = client.file(FileRequest { to, ..request })?;
    Ok(Output::new(context, &Filed::from(filed)))
}

/// Reads the arguments; whom it goes to is filled in once the vault is open.
fn request(args: &FileArgs) -> Result<FileRequest, CliError> {
    let pack = DomainPack::builtin();
    let unknown = |code: &String| CliError::bad_value(Code::CodeUnknown, code);
    let country = |text: &Option<String>| {
        text.as_deref()
            .map(|text| text.parse::<Country>().map_err(|_| CliError::bad_value(Code::CountryInvalid, text)))
            .transpose()
    };
    let mut grievances = Vec::new();
    for text in &args.grievance {
        let code: GrievanceCode = text.parse().map_err(|_| unknown(text))?;
        if !code.is_known(pack) {
            return Err(unknown(text));
        }
        grievances.push(code);
    }
    let mut situations = Vec::new();
    for text in &args.situation {
        let code: SituationCode = text.parse().map_err(|_| unknown(text))?;
        if !code.is_known(pack) {
            return Err(unknown(text));
        }
        situations.push(code);
    }
    let language: Language =
        args.language.parse().map_err(|_| CliError::bad_value(Code::LanguageInvalid, &args.language))?;
    let word = |text: &Option<String>| text.as_deref().map(|text| (text.to_owned(), text.parse()));
    let sector = match word(&args.sector) {
        Some((text, parsed)) => Some(parsed.map_err(|_| CliError::bad_value(Code::CodeUnknown, &text))?),
        None => None,
    };
    let sex = match args.sex.as_deref() {
        Some(text) => Some(text.parse().map_err(|_| CliError::bad_value(Code::CodeUnknown, text))?),
        None => None,
    };
    let safe_contact = match &args.safe_contact {
        Some(path) => {
            let json = std::fs::read(path).map_err(|error| CliError::file(path, error))?;
            let plan = SafeContact::parse_json(&json);
            Some(plan.map_err(|error| CliError::new(Code::SafeContactInvalid).caused_by(error))?)
        }
        None => None,
    };
    let name = match args.name.as_deref() {
        Some(name) => Some(name.parse().map_err(|_| CliError::text_too_long(1))?),
        None => None,
    };
    Ok(FileRequest {
        to: OrganisationId::from_hash(&[0; 32]),
        kind: args.kind,
        text: super::super::case_text(args.text.read()?)?,
        grievances,
        situations,
        facts: Facts {
            language: Some(language),
            origin: country(&args.origin)?,
            destination: country(&args.destination)?,
            sector,
            sex,
            age_band: args.age_band,
        },
        safe_contact,
        name,
    })
}
