//! The causal order of a log: which events are placed, in which order, and what is in whose past.
//!
//! Kahn's algorithm takes the least (claimed time, id) among the ready. Nothing about pasts is stored but the edges:
//! a vector clock per event would let one author who forks ten thousand times make the fold quadratic in memory.
//! Every question is one walk over the log instead, so work and memory stay linear in it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap, btree_map::Entry},
};

use crate::{event::AuthenticEvent, ids::EventId};

/// One flag per placed event.
pub(super) type Marks = Vec<bool>;

/// Placed events in fold order, a linear extension of causality: parents stand before children.
pub(super) struct Graph<'a> {
    pub events: Vec<&'a AuthenticEvent>,
    index: HashMap<EventId, usize>,
    /// Parents of all events, one after the other; those of event `i` start at `starts[i]`.
    parents: Vec<usize>,
    starts: Vec<usize>,
}

impl<'a> Graph<'a> {
    /// Places every event whose whole past is there; `available` says whether an event's roster is known.
    pub fn build(
        events: &BTreeMap<EventId, &'a AuthenticEvent>,
        available: impl Fn(&AuthenticEvent) -> bool,
    ) -> Self {
        let mut missing: HashMap<EventId, usize> = HashMap::with_capacity(events.len());
        let mut children: HashMap<EventId, Vec<EventId>> = HashMap::new();
        let mut ready = BinaryHeap::new();
        for (id, event) in events {
            let mut count = 0;
            for parent in event.event().parents() {
                count += 1;
                children.entry(*parent).or_default().push(*id);
            }
            // An unknown roster holds an event back like a parent that never comes.
            if !available(event) {
                count += 1;
            }
            if count == 0 {
                ready.push(Reverse((event.event().claimed_ms, *id)));
            }
            missing.insert(*id, count);
        }
        let mut graph = Self {
            events: Vec::with_capacity(events.len()),
            index: HashMap::with_capacity(events.len()),
            parents: Vec::with_capacity(events.len()),
            starts: Vec::with_capacity(events.len()),
        };
        while let Some(Reverse((_, id))) = ready.pop() {
            let event = events[&id];
            graph.starts.push(graph.parents.len());
            graph.parents.extend(event.event().parents().map(|parent| graph.index[parent]));
            graph.index.insert(id, graph.events.len());
            graph.events.push(event);
            for child in children.get(&id).into_iter().flatten() {
                if let Some(count) = missing.get_mut(child) {
                    *count -= 1;
                    if *count == 0 {
                        ready.push(Reverse((events[child].event().claimed_ms, *child)));
                    }
                }
            }
        }
        graph
    }

    /// How many events are placed.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Where a placed event stands.
    pub fn at(&self, id: &EventId) -> Option<usize> {
        self.index.get(id).copied()
    }

    fn parents(&self, at: usize) -> &[usize] {
        let end = self.starts.get(at + 1).copied().unwrap_or(self.parents.len());
        &self.parents[self.starts[at]..end]
    }

    /// What is strictly in the past of an event.
    pub fn past(&self, of: usize) -> Marks {
        let mut past = vec![false; self.len()];
        self.parents(of).iter().for_each(|parent| past[*parent] = true);
        for at in (0..of).rev() {
            if past[at] {
                self.parents(at).iter().for_each(|parent| past[*parent] = true);
            }
        }
        past
    }

    /// What has one of these events strictly in its past.
    pub fn future(&self, of: impl IntoIterator<Item = usize>) -> Marks {
        let mut source = vec![false; self.len()];
        let mut first = self.len();
        for at in of {
            source[at] = true;
            first = first.min(at);
        }
        let mut future = vec![false; self.len()];
        for at in first..self.len() {
            future[at] = self.parents(at).iter().any(|parent| source[*parent] || future[*parent]);
        }
        future
    }

    /// Of these places, those that no other one has in its past, in fold order.
    pub fn maximal(&self, places: impl IntoIterator<Item = usize>) -> Vec<usize> {
        let mut places: Vec<usize> = places.into_iter().collect();
        places.sort_unstable();
        places.dedup();
        let (Some(first), Some(last)) = (places.first().copied(), places.last().copied()) else {
            return places;
        };
        if first == last {
            return places;
        }
        // Flags of the places from the first to the last.
        let mut wanted = vec![false; last - first + 1];
        places.iter().for_each(|at| wanted[*at - first] = true);
        let mut covered = vec![false; wanted.len()];
        for at in (first..=last).rev() {
            if wanted[at - first] || covered[at - first] {
                self.parents(at)
                    .iter()
                    .filter(|parent| **parent >= first)
                    .for_each(|parent| covered[*parent - first] = true);
            }
        }
        places.retain(|at| !covered[*at - first]);
        places
    }

    /// Of the places in an event's past for which `is` holds, those that no other such place has in its past, in fold
    /// order. Walks back only as far as it must.
    pub fn last_before(&self, at: usize, is: impl Fn(usize) -> bool) -> Vec<usize> {
        // Places to visit; true once a place that was found has them in its past.
        let mut open: BTreeMap<usize, bool> =
            self.parents(at).iter().map(|parent| (*parent, false)).collect();
        let mut uncovered = open.len();
        let mut found = Vec::new();
        while uncovered > 0
            && let Some((place, covered)) = open.pop_last()
        {
            let mut covers = covered;
            if !covered {
                uncovered -= 1;
                if is(place) {
                    found.push(place);
                    covers = true;
                }
            }
            for parent in self.parents(place) {
                match open.entry(*parent) {
                    Entry::Vacant(free) => {
                        free.insert(covers);
                        uncovered += usize::from(!covers);
                    }
                    Entry::Occupied(mut known) => {
                        if covers && !*known.get() {
                            known.insert(true);
                            uncovered -= 1;
                        }
                    }
                }
            }
        }
        found.reverse();
        found
    }
}
