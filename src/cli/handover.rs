//! Retired people who came back under another name, known by the address alone.

use super::message::Console;
use crate::diagnostic::{Count, Notice};
use crate::output::layout::CHANGES;
use crate::pipeline::{Handover, Handovers};

/// Reports those whose removal package is gone: devices of a former holder may still have the account.
pub(super) fn report(handovers: &Handovers, console: &Console) {
    for Handover { address, old, new } in &handovers.first {
        console.notice(
            &Notice::important(
                "address-reused",
                format_args!(
                    "`{address}` was that of {old}, who was retired, and is now that of {new}: same address, so the same account on devices; the removal package is gone"
                ),
            )
            .with_hint(format!(
                "if {new} is another person than {old}, remove the account from the devices that {old} had"
            )),
        );
    }
    let more = handovers.count - handovers.first.len() as u64;
    if more > 0 {
        console.notice(&Notice::important(
            "more-reused",
            format_args!(
                "{} of retired people came back under another name: `{CHANGES}` has all",
                Count(more, "more address")
            ),
        ));
    }
}
