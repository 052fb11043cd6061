//! A crash must not write a private key to disk.

/// Forbids core dumps of this process from now on. Called before a key is loaded.
///
/// Linux hands a dump to a handler program (`core_pattern` with `|`) whatever the limit is, so the
/// process is marked as not dumpable too (prctl(2), `PR_SET_DUMPABLE`), which also keeps other
/// processes of the same user from attaching to it. A system that refuses either is no reason to
/// stop: the run is as safe as before.
#[cfg(unix)]
pub(super) fn forbid() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Windows has no such switch for a single process without `unsafe`; SECURITY.md says so.
#[cfg(not(unix))]
pub(super) fn forbid() {}
