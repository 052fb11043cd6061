//! Time stamps: who gives them, what is reported about them, and what it means to have none.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::authorities::{AuthorityError, read_authorities};
use super::job::Signed;
use super::message::Console;
use super::settings::{SigningSettings, StampOptions};
use crate::diagnostic::{Count, Notice, shell_word};
use crate::pipeline::{Stop, find_unstamped};
use crate::sign::verify::Authorities;
use crate::sign::{Signing, Stamper};
use crate::timestamp::{Client, Event, StampSettings};

/// From so many time stamps on, the hint names what needs fewer.
const MANY: u64 = 50;

/// What asks for time stamps, until `stop` ends the run.
pub(super) fn stamper(
    options: &StampOptions,
    what: Signed,
    console: &Console,
    stop: &Stop,
) -> Result<Arc<dyn Stamper>, AuthorityError> {
    let StampOptions { addresses, authorities, timeout } = options;
    let roots = authorities.as_deref().map(read_authorities).transpose()?;
    let judging = if roots.is_some() { Judging::ByRoots } else { Judging::Nobody };
    let settings = StampSettings {
        addresses: addresses.clone(),
        authorities: Authorities::from(roots.unwrap_or_default()),
        timeout: *timeout,
    };
    let (console, stop) = (console.clone(), stop.clone());
    let listener = Box::new(move |event: &Event<'_>| report(event, judging, what, &console));
    Ok(Client::new(settings, listener, Box::new(move || stop.is_asked())))
}

/// Who judges where an answer is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judging {
    /// `--timestamp-ca`
    ByRoots,
    Nobody,
}

fn report(event: &Event<'_>, judging: Judging, what: Signed, console: &Console) {
    if let (Event::First { .. }, Judging::Nobody) = (event, judging) {
        console.notice(
            &Notice::warning(
                "time-stamps-unjudged",
                "no root certificate was given for time stamps: their signatures are checked, and not who made them",
            )
            .with_hint("give the authority's root certificate with --timestamp-ca"),
        );
    }
    match event {
        Event::First { took, expected } if *expected > 1 => {
            let notice = Notice::note("time-stamps", forecast(*took, *expected));
            // an export of scripts needs no word about exports
            console.notice(&if *expected < MANY || what == Signed::ScriptsOnly {
                notice
            } else {
                notice.with_hint(
                    "`export windows` needs three for each fleet script, not one for each person",
                )
            });
        }
        Event::First { .. } => {}
        Event::Next { failed, why, next } => console.notice(&Notice::important(
            "time-stamp-address",
            format_args!("no time stamp from `{failed}`: {why}; asking `{next}` from now on"),
        )),
    }
}

/// `400 time stamps at 0.3 s each: about 2 minutes`
fn forecast(took: Duration, expected: u64) -> String {
    let each = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let rounded = |millis: u64, unit: u64| millis.saturating_add(unit / 2) / unit;
    let whole = each.saturating_mul(expected);
    let duration = if whole < 90_000 {
        Count(rounded(whole, 1000).max(1), "second").to_string()
    } else {
        Count(rounded(whole, 60_000), "minute").to_string()
    };
    let each = took.as_secs_f32();
    format!("{} at {each:.1} s each: about {duration}", Count(expected, "time stamp"))
}

/// Reports until when scripts hold that get no time stamp, where the user has chosen the identity: nobody trusts another.
pub(super) fn report_end(settings: &SigningSettings, signing: &Signing, console: &Console) {
    let Some(identities) = &signing.identities else { return };
    let is_chosen = settings.profiles.is_some() || settings.scripts.is_some();
    if signing.stamper.is_some() || !is_chosen {
        return;
    }
    let until = identities.scripts.facts().not_after.date();
    console.notice(&Notice::note(
        "scripts-end",
        format_args!(
            "scripts get no time stamp (--timestamp-url): their signatures end with the certificate, on {until}"
        ),
    ));
}

/// Reports that people who did not change have no time stamp, as far as that was seen.
pub(super) fn report_unstamped(unchanged: u64, signing: &Signing, out: &Path, console: &Console) {
    if signing.stamper.is_none() || unchanged == 0 {
        return;
    }
    if let Some(bundle) = find_unstamped(out) {
        let out = shell_word(&out.display().to_string());
        console.notice(
            &Notice::warning(
                "scripts-unstamped",
                format_args!(
                    "people of whom nothing changed keep their files, and the script in `{bundle}` has no time stamp"
                ),
            )
            .with_hint(format!(
                "`mailmuster resign {out}` with the same options gives them one"
            )),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_is_in_seconds_or_minutes() {
        let forecast = |millis, expected| forecast(Duration::from_millis(millis), expected);
        assert_eq!(forecast(300, 400), "400 time stamps at 0.3 s each: about 2 minutes");
        assert_eq!(forecast(20, 2), "2 time stamps at 0.0 s each: about 1 second");
        assert_eq!(forecast(1500, 40), "40 time stamps at 1.5 s each: about 60 seconds");
    }
}
