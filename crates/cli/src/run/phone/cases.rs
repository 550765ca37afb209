//! `amana phone VAULT cases`.

use std::path::Path;

use crate::{
    context::Context,
    error::CliError,
    json::{CaseView, CasesView},
    output::Output,
    session,
};

/// Lists the cases of this vault.
pub async fn run(context: &Context, vault: &Path) -> Result<Output, CliError> {
    let mut client = session::phone(context, vault)?;
    let names = session::names(&mut client)?;
    let mut views = client.queue(true)?;
    for view in views.iter_mut().filter(|view| view.name.is_none()) {
        view.name = client.waiting_name(view.case)?;
    }
    let views = views.iter().map(|view| CaseView::of(view, &names)).collect();
    Ok(Output::new(context, &CasesView(views)))
}
