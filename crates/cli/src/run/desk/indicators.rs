//! `amana desk VAULT indicators`.

use std::path::Path;

use amana_domain::indicators::Indicator;

use crate::{
    args::desk::work::IndicatorsArgs,
    context::Context,
    error::{CliError, Code},
    output::Output,
    reference, session,
};

/// Ticks indicators of forced labour.
pub async fn run(context: &Context, vault: &Path, args: IndicatorsArgs) -> Result<Output, CliError> {
    let ticked = args.tick.iter().map(|text| indicator(text)).collect::<Result<Vec<_>, _>>()?;
    let mut client = session::desk(context, vault)?;
    let case = reference::case(&mut client, &args.case)?;
    let event = client.tick_indicators(case, ticked)?;
    Ok(super::super::written(context, case, event))
}

/// By number or key.
fn indicator(text: &str) -> Result<Indicator, CliError> {
    let by_number = text.parse::<u8>().ok().and_then(|number| Indicator::try_from(number).ok());
    by_number
        .or_else(|| Indicator::all().find(|indicator| indicator.key() == text))
        .ok_or_else(|| CliError::bad_value(Code::CodeUnknown, text))
}
