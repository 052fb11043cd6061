//! Which servers are asked.

use crate::cli::failure::Failure;
use crate::cli::first_pass::{FirstPass, first_pass};
use crate::cli::job;
use crate::cli::message::Console;
use crate::cli::reporter::Pass;
use crate::cli::run;
use crate::cli::settings::CheckSettings;
use crate::clock::Clock;
use crate::diagnostic::{Count, Notice};
use crate::domain::host::Domain;
use crate::pipeline::{ListedServer, list_servers};
use crate::probe::{Standing, Target};
use crate::provider::{Declared, Resolver};

/// The most servers that are asked at once.
const MOST: usize = 200;

/// Every distinct server of the provider, the settings and the list.
pub(super) fn targets(
    has_list: bool,
    settings: &CheckSettings,
    console: &Console,
) -> Result<Vec<Target>, Failure> {
    if !has_list {
        let resolver = job::resolver(&settings.provider)?;
        for notice in settings.provider.notices(&resolver) {
            console.notice(&notice);
        }
        let domains = resolver.domains();
        return Ok(declared(&resolver, &domains));
    }
    let clock = Clock::for_run(None)?;
    let list = &settings.list;
    let job = job::job(list, &settings.provider, run::formats(&settings.only), clock, console)?;
    let stop = job::stop_on_signals()?;
    let failure = |error| list.failure(error);
    let FirstPass { checked, .. } =
        first_pass(&job, Pass::Only { rejects: None }, None, console, &stop).map_err(failure)?;
    let domains: Vec<Domain> = checked.domains.keys().cloned().collect();
    let listed = list_servers(&job, &checked, &stop).map_err(failure)?;
    let mut targets = declared(&job.resolver, &domains);
    for ListedServer { role, endpoint, mailboxes } in listed {
        match targets.iter_mut().find(|it| it.role == role && it.endpoint == endpoint) {
            Some(known) if known.standing == Standing::Alternative => {
                known.standing = Standing::Rows(mailboxes);
            }
            Some(_) => {}
            None => targets.push(Target { role, endpoint, standing: Standing::Rows(mailboxes) }),
        }
    }
    if targets.len() > MOST {
        let count = Count((targets.len() - MOST) as u64, "server");
        let what = format!("{count} of few rows are not asked");
        console.notice(&Notice::important("servers-left-out", what));
        targets.truncate(MOST);
    }
    Ok(targets)
}

fn declared(resolver: &Resolver, domains: &[Domain]) -> Vec<Target> {
    let declared = resolver.declared(domains).into_iter();
    declared
        .map(|server| Target {
            role: server.role,
            endpoint: server.endpoint,
            standing: match server.standing {
                Declared::Used => Standing::Used,
                Declared::Alternative => Standing::Alternative,
            },
        })
        .collect()
}
