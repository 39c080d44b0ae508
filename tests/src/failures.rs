//! What has failed, kept so that it can be told again at the end of a long output.

use std::sync::{Mutex, MutexGuard, PoisonError};

static FAILURES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps what a failed check is called and why it failed.
pub fn keep(text: impl Into<String>) {
    failures().push(text.into());
}

/// Takes all that was kept.
pub fn take() -> Vec<String> {
    std::mem::take(&mut failures())
}

fn failures() -> MutexGuard<'static, Vec<String>> {
    FAILURES.lock().unwrap_or_else(PoisonError::into_inner)
}
