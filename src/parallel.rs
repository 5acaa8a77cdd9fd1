//! Work on several processors, with the same result as on one.
//!
//! There are three forms: independent jobs ([`all`], [`in_pieces`]), two different jobs at once ([`both`]), and many
//! pieces that are made at once and taken in order ([`in_order`]). The result may depend on the pieces, but never on the
//! number of processors, so callers divide work into pieces of a fixed size.

use std::cell::Cell;
use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Builder};

/// More threads would only wait for memory, and each one needs memory for its own pieces.
const MOST: usize = 8;

thread_local! {
    /// Whether this thread works on a part of divided work, which is not divided again.
    static HAS_A_PART: Cell<bool> = const { Cell::new(false) };
}

/// The number of threads for so many pieces.
fn threads(pieces: usize) -> usize {
    if pieces < 2 || HAS_A_PART.get() {
        return 1;
    }
    thread::available_parallelism().map_or(1, NonZero::get).min(MOST).min(pieces)
}

/// Does one job on a thread while the calling thread does the other; if no thread can be started, one after the other.
pub fn both<A: Send, B>(one: impl Fn() -> A + Sync, other: impl FnOnce() -> B) -> (B, A) {
    if threads(2) < 2 {
        return (other(), one());
    }
    thread::scope(|scope| {
        let thread = Builder::new().spawn_scoped(scope, &one);
        let other = other();
        let one = match thread.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(one)) => one,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(_) => one(),
        };
        (other, one)
    })
}

/// Does all jobs, as many at a time as there are processors, and gives their results in order.
pub fn all<J: Sync, T: Send>(jobs: &[J], work: impl Fn(&J) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let some = || {
        let mut done = Vec::new();
        while let Some((at, job)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            jobs.get(at).map(|job| (at, job))
        } {
            done.push((at, work(job)));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        // If a thread cannot be started, the others do its part.
        let others: Vec<_> = (1..threads(jobs.len()))
            .map_while(|_| {
                let part = || {
                    HAS_A_PART.set(true);
                    some()
                };
                Builder::new().spawn_scoped(scope, part).ok()
            })
            .collect();
        let alone = HAS_A_PART.replace(!others.is_empty() || HAS_A_PART.get());
        let mut done = some();
        HAS_A_PART.set(alone);
        for other in others {
            match other.join() {
                Ok(more) => done.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, done)| done).collect()
}

/// Works on pieces of `size` items side by side, each with the index of its first item, and returns their results in
/// order.
pub fn in_pieces<I: Sync, T: Send>(
    items: &[I],
    size: usize,
    look: impl Fn(usize, &[I]) -> T + Sync,
) -> Vec<T> {
    let pieces: Vec<_> = (0..).step_by(size).zip(items.chunks(size)).collect();
    all(&pieces, |(first, piece)| look(*first, piece))
}

/// Makes pieces side by side. The calling thread takes them in order; when the next one is not ready, it makes pieces,
/// too.
///
/// Only a few finished pieces wait to be taken, so memory does not grow with the number of pieces.
///
/// # Errors
/// The first of `take`; nothing is taken after it.
pub fn in_order<T: Send, E>(
    pieces: usize,
    make: impl Fn(usize) -> T + Sync,
    mut take: impl FnMut(T) -> Result<(), E>,
) -> Result<(), E> {
    let threads = threads(pieces);
    if threads < 2 {
        return (0..pieces).try_for_each(|piece| take(make(piece)));
    }
    let row = PieceQueue::new(pieces, threads * AHEAD);
    // Set after `threads`, which returns 1 on a thread that has a part.
    HAS_A_PART.set(true);
    let result = thread::scope(|scope| {
        let _over = EndGuard(&row);
        for _ in 1..threads {
            let part = || {
                HAS_A_PART.set(true);
                let unless_it_panics = EndGuard(&row);
                while let Some(piece) = row.claim() {
                    row.put(piece, make(piece));
                }
                std::mem::forget(unless_it_panics);
            };
            // If a thread cannot be started, the others do its part.
            let _ = Builder::new().spawn_scoped(scope, part);
        }
        while let Some(next) = row.next() {
            match next {
                Next::Made(made) => take(made)?,
                Next::Make(piece) => row.put(piece, make(piece)),
            }
        }
        Ok(())
    });
    HAS_A_PART.set(false);
    result
}

/// The number of finished pieces that may wait, for each thread.
const AHEAD: usize = 4;

/// The pieces that are being made.
struct PieceQueue<T> {
    pieces: usize,
    ahead: usize,
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    /// The number of pieces taken.
    taken: usize,
    /// The pieces after them that a thread makes or has made.
    made: VecDeque<Option<T>>,
    /// The number of threads that wait. Waking none is a call of the kernel, too.
    waiting: usize,
    /// Taking and making have ended.
    over: bool,
}

/// The next task of the thread that takes.
enum Next<T> {
    Made(T),
    Make(usize),
}

impl<T> PieceQueue<T> {
    fn new(pieces: usize, ahead: usize) -> Self {
        let state = Mutex::new(State { taken: 0, made: VecDeque::new(), waiting: 0, over: false });
        Self { pieces, ahead, state, changed: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `find` gives a result; `None` when all has ended.
    fn wait<R>(&self, mut find: impl FnMut(&mut State<T>) -> Option<R>) -> Option<R> {
        let mut state = self.state();
        loop {
            if state.over {
                return None;
            }
            if let Some(found) = find(&mut state) {
                return Some(found);
            }
            state.waiting += 1;
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.waiting -= 1;
        }
    }

    /// A piece that no thread makes yet; `None` when there are no more.
    fn claim(&self) -> Option<usize> {
        self.wait(|state| {
            let next = state.taken + state.made.len();
            if next == self.pieces { Some(None) } else { self.make(state).map(Some) }
        })?
    }

    /// A piece to be made now.
    fn make(&self, state: &mut State<T>) -> Option<usize> {
        let piece = state.taken + state.made.len();
        let now = piece < self.pieces && state.made.len() < self.ahead;
        now.then(|| {
            state.made.push_back(None);
            piece
        })
    }

    /// The next task of the thread that takes; `None` when all pieces are taken.
    fn next(&self) -> Option<Next<T>> {
        self.wait(|state| match state.made.front_mut().and_then(Option::take) {
            Some(made) => {
                state.made.pop_front();
                state.taken += 1;
                if state.waiting > 0 {
                    self.changed.notify_all();
                }
                Some(Some(Next::Made(made)))
            }
            None if state.taken == self.pieces => Some(None),
            None => self.make(state).map(|piece| Some(Next::Make(piece))),
        })?
    }

    fn put(&self, piece: usize, made: T) {
        let mut state = self.state();
        let at = piece - state.taken;
        if let Some(place) = state.made.get_mut(at) {
            *place = Some(made);
        }
        let is_awaited = state.waiting > 0;
        drop(state);
        if is_awaited {
            self.changed.notify_all();
        }
    }
}

/// Ends everything when it is dropped, also by a panic.
struct EndGuard<'r, T>(&'r PieceQueue<T>);

impl<T> Drop for EndGuard<'_, T> {
    fn drop(&mut self) {
        self.0.state().over = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::{all, both, in_order, in_pieces};

    #[test]
    fn what_comes_out_is_in_the_order_of_what_went_in() {
        let jobs: Vec<usize> = (0..1000).collect();
        assert_eq!(all(&jobs, |job| job * 2), (0..1000).map(|job| job * 2).collect::<Vec<_>>());
        assert_eq!(all(&[], |job: &u8| *job), [0; 0]);
        let firsts = in_pieces(&jobs, 300, |first, piece| (first, piece.len(), piece[0]));
        assert_eq!(firsts, [(0, 300, 0), (300, 300, 300), (600, 300, 600), (900, 100, 900)]);
        let mut taken = Vec::new();
        let result = in_order(
            1000,
            |piece| piece * 2,
            |piece| {
                taken.push(piece);
                Ok::<_, ()>(())
            },
        );
        assert_eq!(result, Ok(()));
        assert_eq!(taken, (0..1000).map(|piece| piece * 2).collect::<Vec<_>>());
    }

    #[test]
    fn nothing_is_taken_behind_a_refusal() {
        let mut taken = 0;
        let result = in_order(
            1000,
            |piece| piece,
            |piece| {
                taken += 1;
                if piece == 10 { Err(piece) } else { Ok(()) }
            },
        );
        assert_eq!((result, taken), (Err(10), 11));
    }

    #[test]
    fn parts_are_not_divided_once_more() {
        let here = |_: &u8| std::thread::current().id();
        let inner = all(&[0; 16], |job| (here(job), all(&[0; 16], here)));
        for (outer, inner) in inner.into_iter().filter(|(_, inner)| !inner.is_empty()) {
            assert_eq!(inner, vec![outer; 16]);
        }
    }

    #[test]
    fn two_things_come_to_what_each_does() {
        assert_eq!(both(|| 1, || "other"), ("other", 1));
    }

    #[test]
    fn a_panic_is_not_lost() {
        assert!(std::panic::catch_unwind(|| both(|| panic!("one"), || ())).is_err());
        let caught = std::panic::catch_unwind(|| all(&[1, 2, 3, 4], |job| assert!(*job != 3, "three")));
        assert!(caught.is_err());
        let caught = std::panic::catch_unwind(|| {
            in_order(100, |piece| assert!(piece != 50, "fifty"), |()| Ok::<_, ()>(()))
        });
        assert!(caught.is_err());
    }
}
