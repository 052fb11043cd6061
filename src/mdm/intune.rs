//! Microsoft Intune: bodies for Microsoft Graph.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::{
    About, Body, ExportedFile, Holds, Line, Made, ManagedPerson, Mdm, MdmError, Name, Own, Pace,
    Refusal, Request, Scripts, SignedScripts, Subject, Variable,
};
use crate::artifact::SignatureFormat;
use crate::render::Setup;
use crate::render::profile::{Channel, ManagedForm};

pub(super) struct Intune;

const NAME: &str = "Microsoft Intune";

static ABOUT: About = About {
    id: "intune",
    name: NAME,
    variables: &[
        Variable { text: Cow::Borrowed("{{mail}}"), holds: Holds::Email, local_part: None },
        Variable {
            text: Cow::Borrowed("{{userprincipalname}}"),
            holds: Holds::Upn,
            local_part: Some("{{partialupn}}"),
        },
    ],
    full_name: "{{username}}",
    helper: ("Push-Intune.ps1", include_str!("../../templates/mdm/intune/Push-Intune.ps1")),
    readme: include_str!("../../templates/mdm/intune/README.md"),
    // two profiles and two scripts, each created and assigned
    pace: Pace {
        requests: 8,
        a_minute: 300,
        source: "100 writes in 20 seconds, Microsoft's limit for an app",
    },
    scripts: Scripts::Signed,
};

/// The largest custom profile, in bytes (Microsoft Learn, "Use custom settings for iOS/iPadOS devices").
const LARGEST_PROFILE: usize = 1_000_000;

/// The largest script, in bytes.
const LARGEST_SCRIPT: usize = 200_000;

const REMEDIATIONS: &str = "deviceHealthScripts";
const CONFIGURATIONS: &str = "deviceConfigurations";

impl Mdm for Intune {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn variable_in<'t>(&self, text: &'t str) -> Option<&'t str> {
        let start = text.find("{{")?;
        let end = text[start..].find("}}").map_or(text.len(), |end| start + end + 2);
        Some(&text[start..end])
    }

    fn tables(&self, _request: &Request) -> Vec<ExportedFile> {
        let content = b"id,address,upn,group_name,group_id\r\n".to_vec();
        vec![ExportedFile { path: "plan.csv".to_owned(), content }]
    }

    fn lines(&self, person: &ManagedPerson<'_>, _request: &Request) -> Vec<Line> {
        let directory = person.directory;
        let upn = directory.upn.as_ref().map_or("", |upn| upn.as_str());
        let group = directory.group.map(|group| group.to_string()).unwrap_or_default();
        let name = format!("Mail {}", person.address());
        let key = person.accounts.key.to_string();
        let mut line =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        // writing to memory cannot fail
        let _ = line.write_record([&key, person.address(), upn, &name, &group]);
        vec![Line { table: 0, text: line.into_inner().unwrap_or_default() }]
    }

    fn make(
        &self,
        subject: Subject<'_>,
        setup: &Setup,
        _request: &Request,
    ) -> Result<Made, MdmError> {
        let stem = subject.stem();
        let mut made = Made::default();
        for (platform, api, kind, channel) in [
            ("ios", "v1.0", "#microsoft.graph.iosCustomConfiguration", Channel::Device),
            ("macos", "beta", "#microsoft.graph.macOSCustomConfiguration", Channel::User),
        ] {
            let title = subject.title(what(platform));
            let form = ManagedForm { title: title.clone(), channel, suffix: None };
            let profile = subject.profile(setup, &form)?;
            if profile.len() > LARGEST_PROFILE {
                let (size, most) = (profile.len(), LARGEST_PROFILE);
                return Err(Refusal::TooLarge { mdm: NAME, what: "profile", size, most }.into());
            }
            let configuration = CustomConfiguration {
                kind,
                display_name: &title,
                payload_name: &title,
                payload_file_name: &format!("{stem}.mobileconfig"),
                payload: STANDARD.encode(&profile),
                deployment_channel: (channel == Channel::User).then_some("userChannel"),
            };
            let file = ExportedFile {
                path: format!("DeviceConfiguration/{stem}-{platform}.json"),
                content: serde_json::to_vec_pretty(&configuration).unwrap_or_default(),
            };
            made.files.push(ExportedFile {
                path: format!("profiles/{platform}/{stem}.mobileconfig"),
                content: profile,
            });
            let own = Own::Intune { api, assignment: None };
            made.add(&subject.id(), title, Body { platform, kind: CONFIGURATIONS, file, own });
        }
        Ok(made)
    }

    fn scripts(
        &self,
        person: &ManagedPerson<'_>,
        scripts: &SignedScripts,
    ) -> Result<Made, MdmError> {
        let subject = Subject::Person(*person);
        let title = subject.title("Mail");
        let [detect, install] = [&scripts.detect, &scripts.install].map(|script| {
            let bytes = script.content().to_vec();
            if bytes.len() > LARGEST_SCRIPT {
                let (size, most) = (bytes.len(), LARGEST_SCRIPT);
                return Err(Refusal::TooLarge { mdm: NAME, what: "script", size, most });
            }
            Ok(STANDARD.encode(bytes))
        });
        let remediation = HealthScript {
            kind: "#microsoft.graph.deviceHealthScript",
            display_name: &title,
            run_as_account: "user",
            enforce_signature_check: scripts.install.signature() != SignatureFormat::Unsigned,
            run_as32_bit: false,
            detection_script_content: detect?,
            remediation_script_content: install?,
        };
        let mut made = Made::default();
        let file = ExportedFile {
            path: format!("HealthScripts/{}.json", subject.stem()),
            content: serde_json::to_vec_pretty(&remediation).unwrap_or_default(),
        };
        let own = Own::Intune { api: "beta", assignment: None };
        let body = Body { platform: "windows", kind: REMEDIATIONS, file, own };
        made.add(&subject.id(), title, body);
        Ok(made)
    }

    fn names(&self, person: &ManagedPerson<'_>) -> Vec<Name> {
        let subject = Subject::Person(*person);
        let name = |platform| {
            let (id, name) = (subject.id(), subject.title(what(platform)));
            Name { id, platform, kind: CONFIGURATIONS, name }
        };
        let script = Name {
            id: subject.id(),
            platform: "windows",
            kind: REMEDIATIONS,
            name: subject.title("Mail"),
        };
        vec![name("ios"), name("macos"), script]
    }
}

/// Names differ by platform: one list in the console shows both.
fn what(platform: &str) -> &'static str {
    if platform == "ios" { "Mail for iPhone and iPad" } else { "Mail for Mac" }
}

/// `iosCustomConfiguration` and `macOSCustomConfiguration` of Microsoft Graph.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomConfiguration<'a> {
    #[serde(rename = "@odata.type")]
    kind: &'a str,
    display_name: &'a str,
    payload_name: &'a str,
    payload_file_name: &'a str,
    payload: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deployment_channel: Option<&'a str>,
}

/// `deviceHealthScript` of Microsoft Graph (beta): a remediation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HealthScript<'a> {
    #[serde(rename = "@odata.type")]
    kind: &'a str,
    display_name: &'a str,
    run_as_account: &'a str,
    enforce_signature_check: bool,
    run_as32_bit: bool,
    detection_script_content: String,
    remediation_script_content: String,
}
