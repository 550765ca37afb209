//! Work on many things at once, on all cores.

use std::{num::NonZero, thread};

/// Below this many for each thread, threads cost more than they save (opening and checking an event takes about 50 µs).
const PER_THREAD: usize = 16;

/// What `work` makes of each item, in the order of the items.
pub(super) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    let threads = cores.min(items.len().div_ceil(PER_THREAD)).max(1);
    if threads == 1 {
        return items.iter().map(work).collect();
    }
    let size = items.len().div_ceil(threads);
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    thread::scope(|scope| {
        for (items, results) in items.chunks(size).zip(results.chunks_mut(size)) {
            let work = &work;
            scope.spawn(move || {
                for (item, result) in items.iter().zip(results) {
                    *result = Some(work(item));
                }
            });
        }
    });
    results.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::map;

    #[test]
    fn results_come_in_order_however_many_there_are() {
        for count in [0, 1, 15, 16, 17, 33, 1000] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(map(&items, |item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
    }
}
