//! A progress bar, on terminals only.

use std::fmt;
use std::io::IsTerminal;

use indicatif::{HumanFloatCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::message::Console;

/// What the numbers of a bar count.
#[derive(Clone, Copy, Debug)]
pub(super) enum Unit {
    Bytes,
    Rows,
    #[cfg(feature = "probe")]
    Mailboxes,
}

/// A bar on standard error, hidden where nobody looks.
pub(super) fn bar(console: &Console, unit: Unit) -> ProgressBar {
    if console.is_quiet() || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = match unit {
        Unit::Bytes => "reading {wide_bar} {bytes}/{total_bytes}",
        #[cfg(feature = "probe")]
        Unit::Mailboxes => "signing in {wide_bar} {pos}/{len}, {eta} left",
        Unit::Rows => "making {wide_bar} {pos}/{len}, {rate}, {eta} left",
    };
    // indicatif's own `per_sec` has four decimals
    let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
        // writing to a string cannot fail
        let _ = out.write_str(&rate(state.per_sec()));
    };
    // a bar without its style is still a bar
    let style = ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .with_key("rate", rate);
    ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(style)
}

/// `506/s`.
fn rate(per_second: f64) -> String {
    format!("{:.0}/s", HumanFloatCount(per_second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_no_decimals() {
        assert_eq!(rate(505.7909), "506/s");
        assert_eq!(rate(1234.2), "1,234/s");
    }
}
