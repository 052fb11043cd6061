//! What is printed if the program panics: where, and never why.

use std::io::Write as _;
use std::panic::{self, PanicHookInfo};

/// Replaces the standard panic hook, which prints the panic's message. A message made by a foreign
/// crate may repeat what it was given, a passphrase for example, so it stays unprinted.
pub fn hide_panic_messages() {
    panic::set_hook(Box::new(report));
}

fn report(info: &PanicHookInfo<'_>) {
    let place = info.location().map_or_else(
        || "an unknown place".to_owned(),
        |location| format!("{}:{}", location.file(), location.line()),
    );
    // a panic while panicking would abort: whether this line arrives must not matter
    let _ = writeln!(
        anstream::stderr(),
        "error: mailmuster {} stopped at {place}: a mistake in the program\n  \
         hint: report this line and what you ran to the maintainers; no details are shown here, for they may hold a secret",
        env!("CARGO_PKG_VERSION"),
    );
}
