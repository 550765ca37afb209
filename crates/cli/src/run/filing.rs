//! What is filed, read from arguments: on a phone, or at a desk for somebody without one.

use amana_client::ops::FileRequest;
use amana_domain::{
    codes::{GrievanceCode, Language, SituationCode},
    event::Facts,
    ids::OrganisationId,
    pack::DomainPack,
    safe_contact::SafeContact,
};

use super::words::{country, line, word};
use crate::{
    args::phone::FileWhat,
    error::{CliError, Code},
};

/// Reads the arguments; whom it goes to is filled in once the vault is open.
pub fn request(args: &FileWhat) -> Result<FileRequest, CliError> {
    let pack = DomainPack::builtin();
    let unknown = |code: &String| CliError::bad_value(Code::CodeUnknown, code);
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
    let safe_contact = match &args.safe_contact {
        Some(path) => {
            let json = std::fs::read(path).map_err(|error| CliError::file(path, error))?;
            let plan = SafeContact::parse_json(&json);
            Some(plan.map_err(|error| CliError::new(Code::SafeContactInvalid).caused_by(error))?)
        }
        None => None,
    };
    Ok(FileRequest {
        to: OrganisationId::from_hash(&[0; 32]),
        kind: args.kind,
        text: super::case_text(args.text.read()?)?,
        grievances,
        situations,
        facts: Facts {
            language: Some(language),
            origin: country(&args.origin)?,
            destination: country(&args.destination)?,
            sector: word(&args.sector)?,
            sex: word(&args.sex)?,
            age_band: args.age_band,
        },
        safe_contact,
        name: line(&args.name)?,
    })
}
