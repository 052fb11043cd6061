//! `README.txt`: what to do with the files, in order.

use super::BASE;
use crate::domain::hosted::HostedDomain;
use crate::render::app_warnings;
use crate::render::hosted::fairemail::FairEmailEntry;

const README: &str = include_str!("../../templates/hosting/README.txt");
const FAIREMAIL: &str = include_str!("../../templates/hosting/fairemail.txt");

pub(super) fn text(domains: &[HostedDomain], entries: &[FairEmailEntry]) -> String {
    let Some(first) = domains.first() else { return fairemail(entries) };
    let names: Vec<&str> = domains.iter().map(|hosted| hosted.domain.as_str()).collect();
    let title = names.join(", ");
    let line = "=".repeat("Mail settings for ".len() + title.len());
    README
        .replace("{domains}", &title)
        .replace("{line}", &line)
        .replace("{first}", first.domain.as_str())
        .replace("{base}", BASE)
        .replace("{tries}", &tries(first.domain.as_str()))
        .replace("{fairemail}", &of_fairemail(entries))
        .replace("{warnings}", &warnings(domains))
}

/// What apps send, for curl.
fn tries(domain: &str) -> String {
    [
        format!("https://autoconfig.{domain}/mail/config-v1.1.xml"),
        format!("https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml"),
        format!("https://autodiscover.{domain}/autodiscover/autodiscover.xml"),
        format!("-X POST -d '<a/>' https://{domain}/autodiscover/autodiscover.xml"),
    ]
    .map(|request| format!("   curl -i {request}\n"))
    .concat()
}

fn of_fairemail(entries: &[FairEmailEntry]) -> String {
    if entries.is_empty() { String::new() } else { format!("\n{}", fairemail(entries)) }
}

fn fairemail(entries: &[FairEmailEntry]) -> String {
    let domain = |entry: &FairEmailEntry| {
        let names: Vec<&str> = entry.domains.iter().map(|domain| domain.as_str()).collect();
        format!("   {}: {}\n", entry.name, names.join(", "))
    };
    FAIREMAIL.replace("{list}", &entries.iter().map(domain).collect::<String>())
}

/// What apps get wrong, each kind once for each domain.
fn warnings(domains: &[HostedDomain]) -> String {
    let mut text = String::new();
    for hosted in domains {
        for warning in hosted.example().iter().flat_map(app_warnings) {
            text.push_str(&format!(
                "   {}: {}.\n      {}\n",
                hosted.domain, warning.text, warning.hint
            ));
        }
    }
    if text.is_empty() {
        text
    } else {
        format!("\nWhat apps get wrong with these servers\n\n{text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosting::tests::hosted;

    #[test]
    fn the_readme_says_what_apps_get_wrong() {
        let mut acme = hosted("acme.example");
        assert!(!text(std::slice::from_ref(&acme), &[]).contains("get wrong"));
        acme.outgoing.endpoint.port = 2525.try_into().unwrap();
        let text = text(&[acme], &[]);
        assert!(text.contains("get wrong") && text.contains("acme.example: FairEmail"), "{text}");
    }
}
