//! Profiles that are almost right: what OpenSSL, NSS, `GnuTLS` or gpgsm refuses, we refuse, and say
//! which part is wrong. Each is signed anew where the signature covers the change.

use std::fmt::Write as _;

use mailmuster::sign::asn1::oid::{
    OID_CONTENT_TYPE, OID_DATA, OID_ECDSA_WITH_SHA256, OID_ECDSA_WITH_SHA384, OID_MESSAGE_DIGEST,
    OID_RSA_ENCRYPTION, OID_RSA_WITH_SHA256, OID_RSA_WITH_SHA512, OID_SHA256, OID_SHA384,
    OID_SHA512, OID_SIGNED_DATA, OID_SIGNING_TIME,
};
use mailmuster::sign::asn1::write::{
    CONTEXT_0, GENERALIZED_TIME, INTEGER, NULL, OCTET_STRING, SEQUENCE, SET, UTC_TIME, value,
};
use mailmuster::sign::verify::{Trust, profile};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{Asn1Flag, EcGroup, EcKey};
use openssl::hash::{MessageDigest, hash};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, KeyUsage};
use openssl::x509::{X509, X509NameBuilder, X509NameRef};
use time::macros::datetime;

use super::support::Folder;
use super::tool::{Tool, runs, tool};

const OID_SHA1: &[u8] = &[0x06, 5, 0x2b, 0x0e, 3, 2, 26];
const OID_EC_PUBLIC_KEY: &[u8] = &[0x06, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const OID_P256: &[u8] = &[0x06, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
/// `id-smime-aa-contentHint` stands for any attribute that nobody knows here.
const OID_OTHER: &[u8] = &[0x06, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 4];
const CONTENT: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><plist/>";
const TIME: &[u8] = b"261123090000Z";

type Key = PKey<Private>;

fn name(common_name: &str) -> openssl::x509::X509Name {
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", common_name).unwrap();
    name.build()
}

fn certificate(subject: &str, key: &Key, issuer: Option<(&X509NameRef, &Key)>) -> X509 {
    let mut usage = KeyUsage::new();
    usage.critical().digital_signature();
    certificate_for(&usage, MessageDigest::sha256(), subject, key, issuer)
}

fn certificate_for(
    usage: &KeyUsage,
    digest: MessageDigest,
    subject: &str,
    key: &Key,
    issuer: Option<(&X509NameRef, &Key)>,
) -> X509 {
    let subject = name(subject);
    let (issuer, signer) = issuer.unwrap_or((&subject, key));
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let serial = BigNum::from_u32(u32::from(std::ptr::eq(signer, key)) + 5).unwrap();
    builder.set_serial_number(&serial.to_asn1_integer().unwrap()).unwrap();
    builder.set_subject_name(&subject).unwrap();
    builder.set_issuer_name(issuer).unwrap();
    let moment =
        |moment: time::OffsetDateTime| Asn1Time::from_unix(moment.unix_timestamp()).unwrap();
    builder.set_not_before(&moment(datetime!(2026-01-01 00:00 UTC))).unwrap();
    builder.set_not_after(&moment(datetime!(2035-01-01 00:00 UTC))).unwrap();
    builder.set_pubkey(key).unwrap();
    let extensions = if std::ptr::eq(signer, key) {
        vec![
            BasicConstraints::new().critical().ca().build().unwrap(),
            KeyUsage::new().critical().key_cert_sign().build().unwrap(),
        ]
    } else {
        vec![usage.build().unwrap(), ExtendedKeyUsage::new().email_protection().build().unwrap()]
    };
    for extension in extensions {
        builder.append_extension(extension).unwrap();
    }
    builder.sign(signer, digest).unwrap();
    builder.build()
}

/// A signer and its authority.
struct Identity {
    root: X509,
    leaf: X509,
    key: Key,
}

impl Identity {
    fn new(key: Key) -> Self {
        let mut usage = KeyUsage::new();
        usage.critical().digital_signature();
        Self::with(key, &usage, MessageDigest::sha256())
    }

    /// With a signer's certificate for `usage`, signed over `digest`.
    fn with(key: Key, usage: &KeyUsage, digest: MessageDigest) -> Self {
        let root_key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
        let root = certificate("Mutant CA", &root_key, None);
        let issuer = Some((root.subject_name(), &root_key));
        let leaf = certificate_for(usage, digest, "Mutant", &key, issuer);
        Self { root, leaf, key }
    }

    fn rsa() -> Self {
        Self::new(PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap())
    }

    fn p256() -> Self {
        let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        Self::new(PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap())
    }
}

fn algorithm(parts: &[&[u8]]) -> Vec<u8> {
    value(SEQUENCE, parts)
}

fn attribute(oid: &[u8], values: &[&[u8]]) -> Vec<u8> {
    value(SEQUENCE, &[oid, &value(SET, values)])
}

fn signing_time(tag: u8, text: &[u8]) -> Vec<u8> {
    attribute(OID_SIGNING_TIME, &[&value(tag, &[text])])
}

/// Every part of a signed profile, as bytes that a test may replace.
#[derive(Clone)]
struct Message {
    version: Vec<u8>,
    digest_algorithms: Vec<u8>,
    content_type: Vec<u8>,
    /// `eContent`, whole.
    content: Vec<u8>,
    /// The bodies of `certificates`, in this order.
    certificates: Vec<Vec<u8>>,
    /// Stands between `certificates` and `signerInfos`.
    crls: Vec<u8>,
    signer_version: Vec<u8>,
    signer: Vec<u8>,
    digest_algorithm: Vec<u8>,
    /// In this order.
    attributes: Vec<Vec<u8>>,
    signature_algorithm: Vec<u8>,
    /// With which digest the attributes are signed.
    digest: MessageDigest,
    /// Stands behind the signature.
    unsigned: Vec<u8>,
    signer_infos: usize,
    /// Stands behind everything.
    trailer: Vec<u8>,
    change_signature: fn(Vec<u8>) -> Vec<u8>,
}

impl Message {
    fn new(identity: &Identity) -> Self {
        let signature_algorithm = if identity.key.rsa().is_ok() {
            algorithm(&[OID_RSA_ENCRYPTION, NULL])
        } else {
            algorithm(&[OID_ECDSA_WITH_SHA256])
        };
        let leaf = identity.leaf.to_der().unwrap();
        let issuer = identity.leaf.issuer_name().to_der().unwrap();
        let mut message = Self {
            version: vec![INTEGER, 1, 1],
            digest_algorithms: value(SET, &[&algorithm(&[OID_SHA256])]),
            content_type: OID_DATA.to_vec(),
            content: value(CONTEXT_0, &[&value(OCTET_STRING, &[CONTENT])]),
            certificates: vec![leaf],
            crls: Vec::new(),
            signer_version: vec![INTEGER, 1, 1],
            signer: value(SEQUENCE, &[&issuer, &[INTEGER, 1, 5]]),
            digest_algorithm: algorithm(&[OID_SHA256]),
            attributes: Vec::new(),
            signature_algorithm,
            digest: MessageDigest::sha256(),
            unsigned: Vec::new(),
            signer_infos: 1,
            trailer: Vec::new(),
            change_signature: |signature| signature,
        };
        message.sign_with(MessageDigest::sha256(), OID_SHA256);
        message
    }

    /// Uses one digest throughout.
    fn sign_with(&mut self, digest: MessageDigest, oid: &[u8]) {
        self.digest = digest;
        self.digest_algorithm = algorithm(&[oid]);
        self.digest_algorithms = value(SET, &[&self.digest_algorithm]);
        let of_content = hash(digest, CONTENT).unwrap();
        self.attributes = vec![
            attribute(OID_CONTENT_TYPE, &[OID_DATA]),
            signing_time(UTC_TIME, TIME),
            attribute(OID_MESSAGE_DIGEST, &[&value(OCTET_STRING, &[&of_content])]),
        ];
    }

    fn sort_attributes(&mut self) {
        self.attributes.sort();
    }

    fn build(&self, identity: &Identity) -> Vec<u8> {
        let attributes = self.attributes.concat();
        let mut signer = Signer::new(self.digest, &identity.key).unwrap();
        signer.update(&value(SET, &[&attributes])).unwrap();
        let signature = (self.change_signature)(signer.sign_to_vec().unwrap());
        let signer_info = value(
            SEQUENCE,
            &[
                &self.signer_version,
                &self.signer,
                &self.digest_algorithm,
                &value(CONTEXT_0, &[&attributes]),
                &self.signature_algorithm,
                &value(OCTET_STRING, &[&signature]),
                &self.unsigned,
            ],
        );
        let signed_data = value(
            SEQUENCE,
            &[
                &self.version,
                &self.digest_algorithms,
                &value(SEQUENCE, &[&self.content_type, &self.content]),
                &value(CONTEXT_0, &[&self.certificates.concat()]),
                &self.crls,
                &value(SET, &[&signer_info.repeat(self.signer_infos)]),
            ],
        );
        let mut all = value(SEQUENCE, &[OID_SIGNED_DATA, &value(CONTEXT_0, &[&signed_data])]);
        all.extend_from_slice(&self.trailer);
        all
    }
}

/// What is changed, and what we must say of it; `None` where it is another right way.
type Case = (&'static str, Box<dyn Fn(&mut Message)>, Option<&'static str>);

fn case(
    name: &'static str,
    change: impl Fn(&mut Message) + 'static,
    expected: Option<&'static str>,
) -> Case {
    (name, Box::new(change), expected)
}

fn of_the_structure(root: Vec<u8>) -> Vec<Case> {
    let with_root = root.clone();
    let unsorted = root.clone();
    vec![
        case("nothing", |_| {}, None),
        case(
            "version 3",
            |m| m.version = vec![INTEGER, 1, 3],
            Some("the version of SignedData has another value than 1"),
        ),
        case(
            "version in two octets",
            |m| m.version = vec![INTEGER, 2, 0, 1],
            Some("not DER at byte 23: a value is not in its canonical form"),
        ),
        case(
            "signer's version 3",
            |m| m.signer_version = vec![INTEGER, 1, 3],
            Some("the version of SignerInfo has another value than 1"),
        ),
        case(
            "no digest listed",
            |m| m.digest_algorithms = value(SET, &[]),
            Some("digestAlgorithms is missing or has another type"),
        ),
        case(
            "another digest listed",
            |m| m.digest_algorithms = value(SET, &[&algorithm(&[OID_SHA512])]),
            Some("digestAlgorithms has another value than digestAlgorithm"),
        ),
        case(
            "two digests listed",
            |m| {
                let both = [algorithm(&[OID_SHA256]), algorithm(&[OID_SHA512])].concat();
                m.digest_algorithms = value(SET, &[&both]);
            },
            Some("digestAlgorithms has more than one element or is followed by something"),
        ),
        case(
            "NULL in one of two places",
            |m| m.digest_algorithms = value(SET, &[&algorithm(&[OID_SHA256, NULL])]),
            Some("digestAlgorithms has another value than digestAlgorithm"),
        ),
        case(
            "NULL in both places",
            |m| {
                m.digest_algorithm = algorithm(&[OID_SHA256, NULL]);
                m.digest_algorithms = value(SET, &[&m.digest_algorithm]);
            },
            None,
        ),
        case(
            "parameters for a digest",
            |m| {
                m.digest_algorithm = algorithm(&[OID_SHA256, &[OCTET_STRING, 0]]);
                m.digest_algorithms = value(SET, &[&m.digest_algorithm]);
            },
            Some("the parameters of digestAlgorithm must be absent or NULL"),
        ),
        case(
            "SHA-1",
            |m| {
                m.sign_with(MessageDigest::sha1(), OID_SHA1);
                m.sort_attributes();
            },
            Some("digestAlgorithm is not SHA-256, SHA-384 or SHA-512"),
        ),
        case(
            "content of another type",
            |m| m.content_type = OID_SIGNED_DATA.to_vec(),
            Some("eContentType has another value than the one for this kind of file"),
        ),
        case(
            "content that is detached",
            |m| m.content = Vec::new(),
            Some("eContent is missing or has another type"),
        ),
        case(
            "content in pieces",
            |m| {
                let piece = value(OCTET_STRING, &[CONTENT]);
                m.content = value(CONTEXT_0, &[&value(0x24, &[&piece])]);
            },
            Some("not DER at byte 56: a tag is not allowed"),
        ),
        case(
            "no certificate",
            |m| m.certificates.clear(),
            Some("sid does not name exactly one certificate of the message"),
        ),
        case(
            "the root too",
            move |m| {
                m.certificates.push(with_root.clone());
                m.certificates.sort();
            },
            None,
        ),
        case(
            "certificates in another order",
            move |m| {
                m.certificates.push(unsorted.clone());
                m.certificates.sort();
                m.certificates.reverse();
            },
            Some("certificates is not sorted as DER demands, or repeats an element"),
        ),
        case(
            "a certificate twice",
            |m| m.certificates.push(m.certificates[0].clone()),
            Some("certificates is not sorted as DER demands, or repeats an element"),
        ),
        case(
            "a stranger's certificate",
            |m| {
                let key = PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap();
                m.certificates.push(certificate("Stranger", &key, None).to_der().unwrap());
                m.certificates.sort();
            },
            Some("the certificate of `CN=Stranger` is not part of the signer's chain"),
        ),
        case(
            "something that is no certificate",
            |m| m.certificates.push(value(CONTEXT_0 + 2, &[NULL])),
            Some("a certificate cannot be read"),
        ),
        case(
            "revocation lists",
            |m| m.crls = value(CONTEXT_0 + 1, &[]),
            Some("crls must be absent"),
        ),
        case(
            "a signer named by its key",
            |m| m.signer = value(0x80, &[&[7; 20]]),
            Some("sid is missing or has another type"),
        ),
        case(
            "two signers",
            |m| m.signer_infos = 2,
            Some("signerInfos has more than one element or is followed by something"),
        ),
        case(
            "no signer",
            |m| m.signer_infos = 0,
            Some("SignerInfo is missing or has another type"),
        ),
        case(
            "an unsigned attribute",
            |m| {
                let note = attribute(OID_OTHER, &[&value(OCTET_STRING, &[b"a note"])]);
                m.unsigned = value(CONTEXT_0 + 1, &[&note]);
            },
            Some("unsignedAttrs must be absent"),
        ),
        case(
            "something behind the signature",
            |m| m.unsigned = NULL.to_vec(),
            Some("signature has more than one element or is followed by something"),
        ),
        case(
            "bytes at the end",
            |m| m.trailer = NULL.to_vec(),
            Some("ContentInfo has more than one element or is followed by something"),
        ),
    ]
}

fn of_the_attributes() -> Vec<Case> {
    vec![
        case(
            "SHA-384",
            |m| {
                m.sign_with(MessageDigest::sha384(), OID_SHA384);
                m.sort_attributes();
            },
            None,
        ),
        case(
            "attributes in another order, signed so",
            |m| m.attributes.reverse(),
            Some("signedAttrs is not sorted as DER demands, or repeats an element"),
        ),
        case(
            "an attribute twice",
            |m| {
                m.attributes.insert(1, signing_time(UTC_TIME, b"261123090001Z"));
                m.sort_attributes();
            },
            Some("signedAttrs is not sorted as DER demands, or repeats an element"),
        ),
        case(
            "two values",
            |m| {
                let digest = value(OCTET_STRING, &[&hash(m.digest, CONTENT).unwrap()]);
                m.attributes[2] = attribute(OID_MESSAGE_DIGEST, &[&digest, &digest]);
                m.sort_attributes();
            },
            Some(
                "the attribute message-digest has more than one element or is followed by something",
            ),
        ),
        case(
            "no value",
            |m| {
                m.attributes[1] = attribute(OID_SIGNING_TIME, &[]);
                m.sort_attributes();
            },
            Some("signedAttrs is missing or has another type"),
        ),
        case(
            "no content type",
            |m| drop(m.attributes.remove(0)),
            Some("the attribute content-type is missing or has another type"),
        ),
        case(
            "another content type",
            |m| {
                m.attributes[0] = attribute(OID_CONTENT_TYPE, &[OID_SIGNED_DATA]);
                m.sort_attributes();
            },
            Some("the attribute content-type has another value than eContentType"),
        ),
        case(
            "no digest",
            |m| drop(m.attributes.pop()),
            Some("the attribute message-digest is missing or has another type"),
        ),
        case(
            "half a digest",
            |m| {
                let digest = value(OCTET_STRING, &[&hash(m.digest, CONTENT).unwrap()[..16]]);
                m.attributes[2] = attribute(OID_MESSAGE_DIGEST, &[&digest]);
                m.sort_attributes();
            },
            Some("the content was changed after it was signed"),
        ),
        case("no time", |m| drop(m.attributes.remove(1)), None),
        case(
            "a further attribute",
            |m| {
                let note = value(OCTET_STRING, &[b"a note"]);
                m.attributes.push(attribute(OID_OTHER, &[&note]));
                m.sort_attributes();
            },
            None,
        ),
        case(
            "a time without seconds",
            |m| {
                m.attributes[1] = signing_time(UTC_TIME, b"2611230900Z");
                m.sort_attributes();
            },
            Some("the attribute signing-time has another value than YYMMDDHHMMSSZ"),
        ),
        case(
            "a thirteenth month",
            |m| {
                m.attributes[1] = signing_time(UTC_TIME, b"261323090000Z");
                m.sort_attributes();
            },
            Some("the attribute signing-time has another value than YYMMDDHHMMSSZ"),
        ),
        case(
            "a long year before 2050",
            |m| {
                m.attributes[1] = signing_time(GENERALIZED_TIME, b"20261123090000Z");
                m.sort_attributes();
            },
            Some("the attribute signing-time has another value than YYMMDDHHMMSSZ"),
        ),
        case(
            "a time before the certificates'",
            |m| {
                m.attributes[1] = signing_time(UTC_TIME, b"251231235959Z");
                m.sort_attributes();
            },
            Some(
                "did not hold at the signing time 2025-12-31T23:59:59Z: certificate is not yet valid",
            ),
        ),
        case(
            "a time after the certificates'",
            |m| {
                m.attributes[1] = signing_time(GENERALIZED_TIME, b"20510101000000Z");
                m.sort_attributes();
            },
            Some("did not hold at the signing time 2051-01-01T00:00:00Z: certificate has expired"),
        ),
        case(
            "a length in its long form, signed so",
            |m| {
                let long = [&[SET, 0x81, 11][..], OID_DATA].concat();
                m.attributes[0] = value(SEQUENCE, &[OID_CONTENT_TYPE, &long]);
                m.sort_attributes();
            },
            Some("a length is not in its shortest form"),
        ),
    ]
}

fn of_rsa() -> Vec<Case> {
    vec![
        case(
            "rsaEncryption without NULL",
            |m| m.signature_algorithm = algorithm(&[OID_RSA_ENCRYPTION]),
            Some("the parameters of signatureAlgorithm must be NULL"),
        ),
        case(
            "sha256WithRSAEncryption",
            |m| m.signature_algorithm = algorithm(&[OID_RSA_WITH_SHA256, NULL]),
            None,
        ),
        case(
            "sha256WithRSAEncryption without NULL",
            |m| m.signature_algorithm = algorithm(&[OID_RSA_WITH_SHA256]),
            Some("the parameters of signatureAlgorithm must be NULL"),
        ),
        case(
            "sha512WithRSAEncryption over a SHA-256 digest",
            |m| m.signature_algorithm = algorithm(&[OID_RSA_WITH_SHA512, NULL]),
            Some("signatureAlgorithm is not one for an RSA key with the digest of digestAlgorithm"),
        ),
        case(
            "ecdsa-with-SHA256",
            |m| m.signature_algorithm = algorithm(&[OID_ECDSA_WITH_SHA256]),
            Some("signatureAlgorithm is not one for an RSA key with the digest of digestAlgorithm"),
        ),
        case(
            "three elements",
            |m| m.signature_algorithm = algorithm(&[OID_RSA_ENCRYPTION, NULL, NULL]),
            Some("signatureAlgorithm has more than one element or is followed by something"),
        ),
        case(
            "a zero before the signature",
            |m| m.change_signature = |signature| [&[0][..], &signature].concat(),
            Some("the signature does not match the key of `CN=Mutant`"),
        ),
    ]
}

fn of_ecdsa() -> Vec<Case> {
    vec![
        case(
            "ecdsa-with-SHA256 and NULL",
            |m| m.signature_algorithm = algorithm(&[OID_ECDSA_WITH_SHA256, NULL]),
            Some("the parameters of signatureAlgorithm must be absent"),
        ),
        case(
            "ecdsa-with-SHA256 and a curve",
            |m| m.signature_algorithm = algorithm(&[OID_ECDSA_WITH_SHA256, OID_P256]),
            Some("the parameters of signatureAlgorithm must be absent"),
        ),
        case(
            "ecdsa-with-SHA384 over a SHA-256 digest",
            |m| m.signature_algorithm = algorithm(&[OID_ECDSA_WITH_SHA384]),
            Some("signatureAlgorithm is not one for an EC key with the digest of digestAlgorithm"),
        ),
        case(
            "id-ecPublicKey",
            |m| m.signature_algorithm = algorithm(&[OID_EC_PUBLIC_KEY]),
            Some("signatureAlgorithm is not one for an EC key with the digest of digestAlgorithm"),
        ),
        case(
            "a signature in BER",
            |m| {
                m.change_signature = |signature| {
                    let body = &signature[2..];
                    [&[SEQUENCE, 0x81, u8::try_from(body.len()).unwrap()][..], body].concat()
                };
            },
            Some("the signature does not match the key of `CN=Mutant`"),
        ),
    ]
}

/// The other programs, as far as they are installed, with `root` as their authority.
struct Judges {
    openssl: Option<Tool>,
    cmsutil: Option<Tool>,
    certtool: Option<Tool>,
    gpgsm: Option<Tool>,
    folder: Folder,
}

impl Judges {
    fn new(root: &X509) -> Self {
        let folder = Folder::new();
        folder.file("root.pem", root.to_pem().unwrap());
        let starts = |tool: &Tool| tool.output(&["-H"]).map(|_| ()).map_err(|e| e.to_string());
        let openssl = tool("openssl", folder.path(), runs(&["version"]));
        let certtool = tool("certtool", folder.path(), runs(&["--version"]));
        let certutil = tool("certutil", folder.path(), starts);
        let cmsutil = tool("cmsutil", folder.path(), starts).filter(|_| certutil.is_some());
        if let Some(certutil) = certutil {
            folder.file("db/x", "");
            certutil.accepts(&["-N", "-d", "sql:db", "--empty-password"]);
            certutil
                .accepts(&["-A", "-d", "sql:db", "-n", "root", "-t", "CT,C,C", "-i", "root.pem"]);
        }
        let gpgsm = tool("gpgsm", folder.path(), runs(&["--version"]));
        if let Some(gpgsm) = &gpgsm {
            let mut trusted = String::new();
            for byte in &*root.digest(MessageDigest::sha1()).unwrap() {
                write!(trusted, "{byte:02X}").unwrap();
            }
            folder.file("gpg/trustlist.txt", format!("{trusted} S relax\n"));
            folder.file("gpg/gpgsm.conf", "disable-dirmngr\ndisable-crl-checks\n");
            gpgsm.accepts(&["--homedir", "gpg", "--import", "root.pem"]);
        }
        Self { openssl, cmsutil, certtool, gpgsm, folder }
    }

    /// Those that refuse `profile`, with what they say.
    fn that_refuse(&self, profile: &[u8]) -> Vec<String> {
        self.folder.file("p", profile);
        let commands: [(&Option<Tool>, &[&str]); 4] = [
            (
                &self.openssl,
                &[
                    "cms", "-verify", "-binary", "-inform", "der", "-in", "p", "-CAfile",
                    "root.pem", "-purpose", "any", "-out", "content",
                ],
            ),
            (&self.cmsutil, &["-D", "-d", "sql:db", "-u", "4", "-i", "p", "-o", "content"]),
            (
                &self.certtool,
                &["--p7-verify", "--inder", "--infile", "p", "--load-ca-certificate", "root.pem"],
            ),
            (&self.gpgsm, &["--homedir", "gpg", "--verify", "p"]),
        ];
        let mut refusals = Vec::new();
        for (tool, args) in commands {
            if let Some(tool) = tool
                && let (false, printed) = tool.says(args)
            {
                refusals.push(printed);
            }
        }
        refusals
    }
}

impl Drop for Judges {
    fn drop(&mut self) {
        if self.gpgsm.is_some()
            && let Some(gpgconf) = tool("gpgconf", self.folder.path(), runs(&["--version"]))
        {
            gpgconf.says(&["--homedir", "gpg", "--kill", "all"]);
        }
    }
}

fn judge(identity: &Identity, cases: Vec<Case>) {
    let judges = Judges::new(&identity.root);
    let trust = Trust::new(vec![identity.root.clone()], datetime!(2026-11-29 00:00 UTC));
    let mut wrong = Vec::new();
    for (name, change, expected) in cases {
        let mut message = Message::new(identity);
        message.sort_attributes();
        change(&mut message);
        let bytes = message.build(identity);
        match (profile(&bytes, &trust), expected) {
            (Ok(_), None) => {
                for refusal in judges.that_refuse(&bytes) {
                    wrong.push(format!("{name}: we accept it, and another says: {refusal}"));
                }
            }
            (Err(fault), Some(expected)) if fault.to_string().contains(expected) => {}
            (Err(fault), _) => wrong.push(format!("{name}: we say: {fault}")),
            (Ok(_), Some(_)) => wrong.push(format!("{name}: we accept it")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_structure_is_refused_by_its_part() {
    let identity = Identity::rsa();
    let root = identity.root.to_der().unwrap();
    judge(&identity, of_the_structure(root));
}

#[test]
fn wrong_attributes_are_refused_by_name() {
    judge(&Identity::rsa(), of_the_attributes());
    judge(&Identity::p256(), vec![case("nothing", |_| {}, None)]);
}

#[test]
fn only_the_signature_algorithm_s_own_form_is_taken() {
    judge(&Identity::rsa(), of_rsa());
    judge(&Identity::p256(), of_ecdsa());
}

#[test]
fn a_signer_that_strict_readers_refuse_is_refused() {
    let rsa = |bits| PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap();
    let mut group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    group.set_asn1_flag(Asn1Flag::EXPLICIT_CURVE);
    let explicit = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut signs = KeyUsage::new();
    signs.digital_signature();
    let mut encrypts = KeyUsage::new();
    encrypts.key_encipherment();
    let sha256 = MessageDigest::sha256();
    for (identity, expected) in [
        (Identity::with(rsa(1024), &signs, sha256), "EE certificate key too weak"),
        (
            Identity::with(rsa(2048), &signs, MessageDigest::sha1()),
            "CA signature digest algorithm too weak",
        ),
        (Identity::with(rsa(2048), &encrypts, sha256), "does not allow signatures"),
        (Identity::with(explicit, &signs, sha256), "an elliptic curve without a name"),
    ] {
        judge(&identity, vec![case("a certificate", |_| {}, Some(expected))]);
    }
}
