//! Time as an argument.

use jiff::{SignedDuration, Timestamp};
use std::sync::Mutex;

/// Tells the time. The core never asks the operating system.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// A clock that stands, or moves by a fixed step each time it is asked: for tests and for reproducible simulations.
#[derive(Debug)]
pub struct FixedClock {
    next: Mutex<Timestamp>,
    step: SignedDuration,
}

impl FixedClock {
    /// A clock that stands.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self::stepping(time, SignedDuration::ZERO)
    }

    /// A clock that moves on by `step` each time it is asked.
    #[must_use]
    pub fn stepping(start: Timestamp, step: SignedDuration) -> Self {
        Self { next: Mutex::new(start), step }
    }

    /// Sets the clock.
    pub fn set(&self, time: Timestamp) {
        *self.lock() = time;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Timestamp> {
        // A thread that panicked while holding a plain time has not left it half-written.
        self.next.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        let mut next = self.lock();
        let now = *next;
        *next = now.checked_add(self.step).unwrap_or(Timestamp::MAX);
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stepping_clock_moves_and_a_fixed_one_stands() {
        let start: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let clock = FixedClock::stepping(start, SignedDuration::from_secs(2));
        assert_eq!((clock.now(), clock.now()), (start, start + SignedDuration::from_secs(2)));
        let clock = FixedClock::at(start);
        assert_eq!((clock.now(), clock.now()), (start, start));
        clock.set(Timestamp::MAX);
        assert_eq!(FixedClock::stepping(Timestamp::MAX, SignedDuration::from_secs(1)).now(), clock.now());
    }
}
