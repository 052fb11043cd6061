//! Panics unwind. Static programs contain an unwinder that is linked in another way than that of other builds, so
//! `scripts/test-packages static` runs this file with `packaging/static/unwinding/Cargo.toml` too.
#![cfg(test)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::thread;

struct Guard<'a>(&'a Cell<bool>);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

#[test]
fn a_panic_is_caught_with_its_value_after_what_is_on_the_stack_was_dropped() {
    let dropped = Cell::new(false);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        let _guard = Guard(&dropped);
        panic_any(7);
    }));
    assert_eq!(caught.unwrap_err().downcast_ref(), Some(&7));
    assert!(dropped.get());
}

#[test]
fn a_panic_ends_only_its_thread() {
    let ended = thread::spawn(|| panic_any(8)).join();
    assert_eq!(ended.unwrap_err().downcast_ref(), Some(&8));
}
