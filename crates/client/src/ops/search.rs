//! `search`: cases by their words, names by their sound too. Looking something up is not reading it.

use std::collections::BTreeSet;

use amana_domain::{
    case_number::CaseNumber,
    ids::{CaseId, DeviceId},
};
use amana_search::Query;
use amana_vault::{Tx, store::CaseRow};

use super::cases::{complete, read};
use crate::{
    Client, ClientError, Desk,
    view::{CaseView, Field, Merges, index, shown},
};

/// Cases that are indexed in one transaction when the index is not whole.
const BATCH: u32 = 256;
/// Most rows that are taken from the index at a time.
const PAGE: u32 = 64;

/// A case that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: String,
    /// Where in it.
    pub field: Field,
    /// A piece of what was found, on one line. From others: hostile until shown to be harmless.
    pub snippet: String,
    /// The case as the queue shows it.
    pub view: CaseView,
}

/// What was found so far.
struct Found {
    hits: Vec<Hit>,
    seen: BTreeSet<CaseId>,
    limit: usize,
    own: Option<DeviceId>,
}

impl Client {
    /// Finds cases in which every word of `text` stands, best first, at most `limit` of them; then those whose people's
    /// names sound so. What is typed is data, whatever is in it; behind a kilobyte or sixteen words it is not looked at.
    /// A case in which this desk stands aside is never found.
    ///
    /// Cases that a vault of an earlier version has not indexed are indexed first, some at a time: what was done stays
    /// done when this is interrupted.
    pub fn search(&mut self, text: &str, limit: usize) -> Result<Vec<Hit>, ClientError> {
        self.index_what_waits()?;
        let mut found =
            Found { hits: Vec::new(), seen: BTreeSet::new(), limit, own: self.desk().map(Desk::device) };
        let Some(query) = Query::parse(text) else { return Ok(found.hits) };
        let (viewer, now_ms) = (self.viewer(), self.env.now_ms());
        self.vault.read(|tx| {
            if let Ok(number) = text.trim().parse::<CaseNumber>() {
                for case in tx.cases_numbered(&number.to_string())? {
                    tx.case_row(case)?.map(|row| found.take(&row, &query, false)).transpose()?;
                }
            }
            found.run(tx, query.exact(), &query, false)?;
            if let Some(similar) = query.similar() {
                found.run(tx, similar, &query, true)?;
            }
            let merges = Merges::load(tx)?;
            for hit in &mut found.hits {
                hit.view = hit.view.clone().at(now_ms);
                complete(tx, &merges, viewer, &mut hit.view)?;
            }
            Ok(found.hits)
        })
    }

    fn index_what_waits(&mut self) -> Result<(), ClientError> {
        loop {
            let waiting = self.read(|tx| Ok(tx.unsearched(BATCH)?))?;
            if waiting.is_empty() {
                return Ok(());
            }
            self.write(|tx| {
                for case in waiting {
                    match tx.case_row(case)? {
                        Some(row) => {
                            // Also where the digest is the same: what waits is not believed to be indexed.
                            tx.delete_search(case)?;
                            index(tx, &read(&row)?)?;
                        }
                        None => tx.delete_search(case)?,
                    }
                }
                Ok(())
            })?;
        }
    }
}

impl Found {
    fn run(
        &mut self,
        tx: &Tx<'_>,
        expression: &str,
        query: &Query,
        by_sound: bool,
    ) -> Result<(), ClientError> {
        let mut offset = 0;
        while self.hits.len() < self.limit {
            let page = PAGE.min(u32::try_from(self.limit).unwrap_or(PAGE)).max(1);
            let rows = tx.search(expression, page, offset)?;
            for row in &rows {
                self.take(row, query, by_sound)?;
            }
            if rows.len() < page as usize {
                break;
            }
            offset = offset.saturating_add(page);
        }
        Ok(())
    }

    fn take(&mut self, row: &CaseRow, query: &Query, by_sound: bool) -> Result<(), ClientError> {
        if self.hits.len() >= self.limit || !self.seen.insert(row.case) {
            return Ok(());
        }
        let view = read(row)?;
        if self.own.is_some_and(|own| view.recused.contains(&own)) {
            return Ok(());
        }
        let (field, snippet) = shown(&view, query, by_sound);
        self.hits.push(Hit { case: view.case, number: view.number.clone(), field, snippet, view });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
