//! Servers and authorities at fault: each is named with the reason, and nothing half stamped stays.

use super::authority::{Authority, Server, Way, dead_url};
use super::{JUDGED, openssl, served, stamped};
use crate::support::SIGN;

/// The run stops, says why, and leaves no bundle.
fn fails(way: Way, why: &str) {
    let Some((folder, server)) = served(way) else { return };
    let done = stamped(&folder, &server, &["--timestamp-timeout", "1"]).exits(3);
    done.stderr_has(&format!("error: no time stamp for a script: `{}`: {why}", server.url()));
    let made = folder.files("out").into_iter().filter(|path| path.ends_with(".zip"));
    assert_eq!(made.collect::<Vec<_>>(), [""; 0], "{way:?}");
    assert!(!server.requests().is_empty(), "{way:?}");
}

#[test]
fn a_server_that_does_not_answer_as_it_should_stops_the_run() {
    fails(Way::Late, "no answer within 1 second");
    fails(Way::Slow, "no answer within 1 second");
    fails(Way::CutOff, "the connection ended before the answer did");
    fails(Way::Silent, "the connection ended before the answer did");
    fails(Way::Page, "its answer is `text/html`, and not a time stamp");
    fails(Way::Nonsense, "TimeStampResp is missing or not as RFC 3161 demands");
    fails(Way::NotHttp, "it does not speak HTTP");
    fails(Way::Status(500), "it answers with HTTP status 500");
    fails(Way::Status(404), "it answers with HTTP status 404");
    fails(Way::Redirect, "it redirects to `http://elsewhere.example/`, which was not named");
    fails(Way::Huge, "its answer is larger than 64 KiB");
    fails(Way::Endless, "its answer is larger than 64 KiB");
}

#[test]
fn an_answer_to_something_else_stops_the_run() {
    fails(Way::OtherDigest, "it is for another signature: messageImprint is not the digest");
    fails(Way::OtherNonce, "the nonce is not the one of the request");
    fails(Way::NoNonce, "the nonce is not the one of the request");
    fails(Way::Flipped, "the signature does not match the key of `CN=tsa authority`");
    fails(Way::Refusal, "the authority gives none: rejected (unknown digest");
}

#[test]
fn an_export_stays_as_it_was_if_an_authority_fails() {
    for way in [Way::Nonsense, Way::OtherDigest, Way::GoodFor(2)] {
        let Some((folder, server)) = served(way) else { return };
        folder.identity();
        for kind in ["windows", "intune"] {
            let export = |more: &[&str]| {
                let args = ["export", kind, "list.csv", "--out", kind];
                let names = ["--user-names", "local-part"];
                folder.run(args.iter().chain(&SIGN).chain(&names).chain(more))
            };
            export(&[]).ends();
            let before: Vec<_> = folder.files(kind);
            let url = server.url();
            export(&["--timestamp-url", &url, "--timestamp-timeout", "1"]).exits(3);
            assert_eq!(folder.files(kind), before, "{kind}, {way:?}");
            folder.run(["verify", kind, "--ca", "id/ca.pem"]).exits(0);
        }
    }
}

#[test]
fn what_may_pass_is_tried_three_times_and_nothing_else() {
    for (way, times) in [(Way::Status(503), 3), (Way::Status(404), 1), (Way::Page, 1)] {
        let Some((folder, server)) = served(way) else { return };
        stamped(&folder, &server, &["--jobs", "1"]).exits(3);
        assert_eq!(server.requests().len(), times, "{way:?}");
    }
}

#[test]
fn another_authority_is_refused() {
    let Some((folder, server)) = served(Way::Good) else { return };
    let openssl = openssl(&folder).unwrap();
    Authority::new(&openssl, &folder, "other");
    let url = server.url();
    folder
        .generate("list.csv", &["--timestamp-url", &url, "--timestamp-ca", "other-ca.pem"])
        .exits(3)
        .stderr_has("the chain of the authority `CN=tsa authority` does not hold at ")
        .stderr_has("hint: --timestamp-ca must name the root certificate of this authority");
    // without the root it is accepted, and that is reported
    folder
        .generate("list.csv", &["--timestamp-url", &url])
        .exits(0)
        .stderr_has("no root certificate was given for time stamps");
}

#[test]
fn the_next_address_is_asked_if_one_fails() {
    let Some((folder, server)) = served(Way::Good) else { return };
    let dead = dead_url();
    let done = folder
        .generate(
            "list.csv",
            &[
                "--timestamp-url",
                &dead,
                "--timestamp-url",
                &server.url(),
                "--timestamp-ca",
                "tsa-ca.pem",
            ],
        )
        .exits(0);
    let notice = format!("no time stamp from `{dead}`: it cannot be reached");
    assert_eq!(done.stderr.matches(&notice).count(), 1, "{}", done.stderr);
    assert_eq!(server.requests().len(), 2);
    folder.run(JUDGED.iter().chain(&["out"])).exits(0).stdout_has("2 time stamps by");
    let last = dead_url();
    folder
        .generate("list.csv", &["--all", "--timestamp-url", &dead, "--timestamp-url", &last])
        .exits(3)
        .stderr_has(&format!("`{dead}`: it cannot be reached"))
        .stderr_has(&format!("; `{last}`: it cannot be reached"));
}

#[test]
fn what_was_finished_before_an_authority_failed_stays_and_the_next_run_goes_on() {
    let Some((folder, server)) = served(Way::GoodFor(3)) else { return };
    let people: String = (0..600).map(|n| format!("p{n}@q.com,P{n}\n")).collect();
    folder.file("list.csv", format!("email,name\n{people}"));
    stamped(&folder, &server, &["--jobs", "1"]).exits(3).stderr_has("HTTP status 500");
    let zips = || folder.files("out").iter().filter(|path| path.ends_with(".zip")).count();
    assert!(zips() < 600);
    assert!(!folder.files("out").iter().any(|path| path.ends_with(".part")));
    folder.file("list.csv", "email,name\np0@q.com,P0\np1@q.com,P1\n");
    let server =
        Server::start(Authority::new(&openssl(&folder).unwrap(), &folder, "tsa"), Way::Good);
    stamped(&folder, &server, &["--max-leavers", "100%"]).exits(0);
    folder.run(JUDGED.iter().chain(&["out"])).exits(0).stdout_has("2 time stamps by");
}
