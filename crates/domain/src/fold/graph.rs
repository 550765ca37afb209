//! The causal order of a log: which events are placed, in which order, and what is in whose past.
//!
//! Kahn's algorithm takes the least (claimed time, id) among the ready. Pasts are vector clocks over chains of
//! one author's events, so that "is a in b's past" is one comparison.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
};

use crate::{event::AuthenticEvent, ids::EventId};

/// Placed events in fold order.
pub(super) struct Graph<'a> {
    pub events: Vec<&'a AuthenticEvent>,
    index: HashMap<EventId, usize>,
    chain: Vec<u32>,
    position: Vec<u32>,
    clocks: Vec<Vec<u32>>,
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
            chain: Vec::new(),
            position: Vec::new(),
            clocks: Vec::new(),
        };
        let mut tips: Vec<usize> = Vec::new();
        while let Some(Reverse((_, id))) = ready.pop() {
            let event = events[&id];
            graph.place(id, event, &mut tips);
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

    fn place(&mut self, id: EventId, event: &'a AuthenticEvent, tips: &mut Vec<usize>) {
        let at = self.events.len();
        let mut clock: Vec<u32> = Vec::new();
        for parent in event.event().parents() {
            let theirs = &self.clocks[self.index[parent]];
            if clock.len() < theirs.len() {
                clock.resize(theirs.len(), 0);
            }
            clock.iter_mut().zip(theirs).for_each(|(mine, other)| *mine = (*mine).max(*other));
        }
        let continued = event
            .event()
            .prev
            .and_then(|prev| self.index.get(&prev).copied())
            .filter(|prev| self.events[*prev].event().author == event.event().author)
            .map(|prev| self.chain[prev] as usize)
            .filter(|chain| Some(self.events[tips[*chain]].id()) == event.event().prev);
        let chain = continued.unwrap_or_else(|| {
            tips.push(at);
            tips.len() - 1
        });
        let position = match continued {
            Some(_) => self.position[tips[chain]] + 1,
            None => 1,
        };
        tips[chain] = at;
        if clock.len() <= chain {
            clock.resize(chain + 1, 0);
        }
        clock[chain] = position;
        self.index.insert(id, at);
        self.events.push(event);
        self.chain.push(chain as u32);
        self.position.push(position);
        self.clocks.push(clock);
    }

    /// How many events are placed.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Where a placed event stands.
    pub fn at(&self, id: &EventId) -> Option<usize> {
        self.index.get(id).copied()
    }

    /// Whether `a` is strictly in the past of `b`.
    pub fn before(&self, a: usize, b: usize) -> bool {
        a != b
            && self.clocks[b].get(self.chain[a] as usize).is_some_and(|reached| *reached >= self.position[a])
    }
}
