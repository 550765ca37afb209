//! Fields written concurrently: all values that nobody has replaced are kept, one is shown.

use super::graph::Graph;

/// Writes of one field that are in force, the one to show first: the latest by claimed time, then id.
pub(super) struct Register {
    pub shown: usize,
    pub others: Vec<usize>,
}

impl Register {
    pub fn of(graph: &Graph<'_>, writes: impl IntoIterator<Item = usize>) -> Option<Self> {
        let mut current = graph.maximal(writes);
        current.sort_by_key(|at| (graph.events[*at].event().claimed_ms, graph.events[*at].id()));
        let shown = current.pop()?;
        Some(Self { shown, others: current })
    }

    /// All writes in force.
    pub fn all(&self) -> impl Iterator<Item = usize> + '_ {
        std::iter::once(self.shown).chain(self.others.iter().copied())
    }
}
