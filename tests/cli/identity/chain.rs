//! Chains in any order, with expired, renewed and cross-signed certificates (folders 08 and 09).

use openssl::x509::X509;

use super::pki::{EXPIRED, Kind, Party, VALID, contain, pem};
use super::{RUN, refused};
use crate::support::{ADA, Done, Folder};

const PROFILE: &str = "apple/CenturyLink Mail.mobileconfig";

/// A folder with a list and one signer, to be run with one chain file after the other.
struct Case {
    folder: Folder,
}

impl Case {
    fn new(leaf: &X509, key: &[u8]) -> Self {
        let folder = Folder::new();
        folder.file("list.csv", ADA).file("leaf.pem", leaf.to_pem().unwrap()).file("leaf.key", key);
        Self { folder }
    }

    /// Runs with `chain`: what was printed, and the signed profile.
    #[track_caller]
    fn run(&self, chain: &[&X509]) -> (Done, Vec<u8>) {
        self.folder.file("chain.pem", pem(chain));
        let args = [
            "generate",
            "list.csv",
            "--out",
            "out",
            "--sign-cert",
            "leaf.pem",
            "--sign-key",
            "leaf.key",
            "--sign-chain",
            "chain.pem",
        ];
        let done = self.folder.run(args).exits(0);
        (done, self.folder.in_bundle("out/bundles/ada_centurylink.net.zip", PROFILE))
    }
}

/// Every order of `items`.
fn orders<T: Copy>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for at in 0..items.len() {
        let mut rest = items.to_vec();
        let first = rest.remove(at);
        for mut order in orders(&rest) {
            order.insert(0, first);
            all.push(order);
        }
    }
    all
}

#[test]
fn an_issuer_that_exists_several_times_is_found_in_any_order() {
    let [old, new, issuing, signer] =
        ["Old Root", "New Root", "Issuing CA", "Example Signer"].map(Party::new);
    let old_root = old.certificate(&old, Kind::Authority, EXPIRED);
    let new_root = new.certificate(&new, Kind::Authority, VALID);
    let cross_expired = new.certificate(&old, Kind::Authority, EXPIRED);
    let cross_valid = new.certificate(&old, Kind::Authority, VALID);
    let issuing_old = issuing.certificate(&old, Kind::Authority, EXPIRED);
    let issuing_new = issuing.certificate(&new, Kind::Authority, VALID);
    let leaf = signer.certificate(&issuing, Kind::Signer, VALID);
    let case = Case::new(&leaf, &signer.key_pem());
    case.folder.file("root.pem", new_root.to_pem().unwrap());
    let cross_left_out = "`CN=New Root` (issued by `CN=Old Root`), which expired on 2024-03-09";
    let issuing_left_out = "`CN=Issuing CA` (issued by `CN=Old Root`), which expired on 2024-03-09";
    // what is in the file, whether the valid cross-signed certificate is carried, what is reported
    let cases: [(&[&X509], bool, &[&str]); 8] = [
        (&[&issuing_new], false, &[]),
        (&[&issuing_old, &issuing_new], false, &[issuing_left_out]),
        (&[&issuing_new, &cross_expired, &new_root], false, &[cross_left_out]),
        (
            &[&issuing_new, &cross_valid, &old_root],
            true,
            &["`CN=Old Root`, which expired on 2024-03-09"],
        ),
        (
            &[&issuing_new, &cross_valid, &new_root, &old_root],
            false,
            &["which is not needed to reach the root", "`CN=Old Root`, which expired"],
        ),
        (&[&issuing_new, &cross_expired], false, &[cross_left_out]),
        (&[&leaf, &issuing_new, &new_root], false, &[]),
        (
            &[&issuing_old, &cross_expired, &issuing_new, &new_root],
            false,
            &[issuing_left_out, cross_left_out],
        ),
    ];
    for (heap, carries_cross, reported) in cases {
        let all = orders(heap);
        // the first, the last and one between
        let picked = [0, all.len() / 2, all.len() - 1].map(|at| all[at].clone());
        let mut profiles = Vec::new();
        for order in &picked {
            let (done, profile) = case.run(order);
            assert!(!done.stderr.contains("stops short"), "{}", done.stderr);
            assert!(!done.stderr.contains("no chain"), "{}", done.stderr);
            for part in reported {
                done.stderr_has(part);
            }
            assert_eq!(done.stderr.contains("left out"), !reported.is_empty(), "{}", done.stderr);
            assert!(contain(&profile, &leaf) && contain(&profile, &issuing_new));
            assert_eq!(contain(&profile, &cross_valid), carries_cross);
            for never in [&issuing_old, &cross_expired, &new_root, &old_root] {
                assert!(!contain(&profile, never));
            }
            profiles.push(profile.len());
            case.folder.run(["verify", "out", "--ca", "root.pem"]).exits(0);
        }
        assert!(profiles.iter().all(|size| *size == profiles[0]));
    }
}

#[test]
fn an_issuer_that_is_only_there_expired_is_named() {
    let [root, issuing, signer] = ["Root", "Issuing CA", "Signer"].map(Party::new);
    let folder = Folder::new();
    folder
        .file("list.csv", ADA)
        .file("leaf.pem", signer.certificate(&issuing, Kind::Signer, VALID).to_pem().unwrap())
        .file("leaf.key", signer.key_pem())
        .file("chain.pem", issuing.certificate(&root, Kind::Authority, EXPIRED).to_pem().unwrap());
    let args = ["--sign-cert", "leaf.pem", "--sign-key", "leaf.key", "--sign-chain", "chain.pem"];
    refused(
        &folder,
        &args,
        "error: the chain of `CN=Signer` cannot be used: its issuer `CN=Issuing CA` expired on 2024-03-09\n  \
         hint: get the issuer's present intermediate certificates, and give them with --sign-chain",
    );
}

#[test]
fn a_chain_with_a_stranger_or_without_anything_is_warned_about() {
    let [root, issuing, signer] = ["Root", "Issuing CA", "Signer"].map(Party::new);
    let leaf = signer.certificate(&issuing, Kind::Signer, VALID);
    let case = Case::new(&leaf, &signer.key_pem());
    let stranger = root.certificate(&root, Kind::Authority, VALID);
    let (done, _) = case.run(&[&stranger]);
    done.stderr_has(
        "warning: the chain of `CN=Signer` stops short: no certificate of `CN=Issuing CA` was given",
    );
    let alone = ["--sign-cert", "leaf.pem", "--sign-key", "leaf.key"];
    case.folder
        .run(["generate", "list.csv", "--out", "out"].iter().chain(&alone))
        .exits(0)
        .stderr_has("warning: no chain was given for `CN=Signer`, which `CN=Issuing CA` issued");
}

#[test]
fn a_chain_to_a_certificate_without_ca_rights_is_refused_with_its_root_in_the_file() {
    let [root, signer, other] = ["Root", "Signer", "Other"].map(Party::new);
    // a signer's certificate in the place of an intermediate one
    let wrong = signer.certificate(&root, Kind::Signer, VALID);
    let folder = Folder::new();
    folder
        .file("list.csv", ADA)
        .file("leaf.pem", other.certificate(&signer, Kind::Signer, VALID).to_pem().unwrap())
        .file("leaf.key", other.key_pem())
        .file("chain.pem", pem(&[&root.certificate(&root, Kind::Authority, VALID), &wrong]));
    let args = ["--sign-cert", "leaf.pem", "--sign-key", "leaf.key", "--sign-chain", "chain.pem"];
    let done = folder.run(RUN.iter().chain(&args)).exits(2);
    done.stderr_has("error: the chain of `CN=Other` cannot be used: invalid CA certificate");
}

#[test]
fn of_two_certificates_for_one_key_the_one_valid_now_signs() {
    let [root, signer] = ["Root", "Signer"].map(Party::new);
    let authority = root.certificate(&root, Kind::Authority, VALID);
    let old = signer.certificate(&root, Kind::Signer, EXPIRED);
    let new = signer.certificate(&root, Kind::Signer, VALID);
    let note = "signing with `CN=Signer`, valid to 2046-01-19; left out: `CN=Signer`";
    let folder = Folder::new();
    folder
        .file("list.csv", ADA)
        .file("leaf.key", signer.key_pem())
        .file("root.pem", pem(&[&authority]))
        .file("new-old.pem", pem(&[&new, &old]))
        .file("old-new.pem", pem(&[&old, &new]))
        .file("old.pem", pem(&[&old]))
        .file("new.pem", pem(&[&new, &authority]));
    for (certificate, chain) in
        [("new-old.pem", "root.pem"), ("old-new.pem", "root.pem"), ("old.pem", "new.pem")]
    {
        let args = [
            "generate",
            "list.csv",
            "--out",
            "out",
            "--sign-key",
            "leaf.key",
            "--sign-cert",
            certificate,
            "--sign-chain",
            chain,
        ];
        let done = folder.run(args).exits(0);
        done.stderr_has(note).stderr_has("`CN=Signer`, which expired on 2024-03-09");
        assert!(!done.stderr.contains("stops short"), "{}", done.stderr);
        let profile = folder.in_bundle("out/bundles/ada_centurylink.net.zip", PROFILE);
        assert!(contain(&profile, &new) && !contain(&profile, &old));
        folder.run(["verify", "out", "--ca", "root.pem"]).exits(0);
    }
    let args = ["--sign-key", "leaf.key", "--sign-cert", "old.pem", "--sign-chain", "root.pem"];
    folder.run(RUN.iter().chain(&args)).exits(2).stderr_is(
        "error: the certificate `CN=Signer` expired on 2024-03-09\n  \
         hint: renew it with the same key (`mailmuster identity renew`, if `identity new` made it): a device refuses an update that another key signed",
    );
}

#[test]
fn certificate_key_and_chain_may_be_one_file() {
    let [root, issuing, signer] = ["Root", "Issuing CA", "Signer"].map(Party::new);
    let authority = root.certificate(&root, Kind::Authority, VALID);
    let middle = issuing.certificate(&root, Kind::Authority, VALID);
    let leaf = signer.certificate(&issuing, Kind::Signer, VALID);
    let folder = Folder::new();
    folder
        .file("list.csv", ADA)
        .file("root.pem", pem(&[&authority]))
        .file("all.pem", [pem(&[&authority, &middle, &leaf]), signer.key_pem()].concat());
    let done =
        folder.run(["generate", "list.csv", "--out", "out", "--sign-cert", "all.pem"]).exits(0);
    assert!(!done.stderr.contains("chain"), "{}", done.stderr);
    done.stderr_has("signer: CN=Signer");
    let profile = folder.in_bundle("out/bundles/ada_centurylink.net.zip", PROFILE);
    assert!(
        contain(&profile, &leaf) && contain(&profile, &middle) && !contain(&profile, &authority)
    );
    folder.run(["verify", "out", "--ca", "root.pem"]).exits(0);
}
