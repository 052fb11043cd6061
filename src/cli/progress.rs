//! A progress bar, on terminals only.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::message::Console;

/// What the numbers of a bar count.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    Bytes,
    Rows,
}

/// A bar on standard error, hidden where nobody looks.
pub(super) fn bar(console: &Console, unit: Unit) -> ProgressBar {
    if console.is_quiet() || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = match unit {
        Unit::Bytes => "reading {wide_bar} {bytes}/{total_bytes}",
        Unit::Rows => "making {wide_bar} {pos}/{len}, {per_sec:.0}, {eta} left",
    };
    // a bar without its style is still a bar
    let style =
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}
