//! Microsoft Intune: bodies for Microsoft Graph.
//!
//! Folders are those of `IntuneCD`, which reads no others; `IntuneManagement` asks for the folder. Remediations are in
//! `IntuneManagement`'s folder: `IntuneCD` would turn the line ends of their scripts, and break the signatures.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::graph::{
    Assignment, CONFIGURATIONS, CustomConfiguration, DESCRIPTION, HealthScript, REMEDIATIONS, RUN,
    Run, SCRIPTS, Script,
};
use super::{
    About, Body, ExportedFile, FleetPart, Holds, Line, Made, ManagedPerson, Mdm, MdmError, Name,
    Own, Pace, Refusal, Request, Scripts, Shape, SignedScripts, Subject, Variable, win32,
};
use crate::artifact::Artifact;
use crate::render::Setup;
use crate::render::managed::{Channel, ManagedForm};

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
    // two profiles and a script, each created and assigned, at the helper's pace
    pace: Pace {
        requests: 6,
        a_minute: 270,
        source: "4.5 writes a second: Microsoft's limit for an app is 100 in 20 seconds",
    },
    scripts: Scripts::Signed,
};

/// The largest custom profile, in bytes (Microsoft Learn, "Use custom settings for iOS/iPadOS devices").
const LARGEST_PROFILE: usize = 1_000_000;

/// The largest script, in bytes (Microsoft Learn, "Use PowerShell scripts on Windows devices": 200 KB).
const LARGEST_SCRIPT: usize = 200_000;

/// Where `IntuneCD` looks for the contents of scripts. It fails without the folder, and takes the contents of the body
/// where it finds no file.
const SCRIPT_DATA: &str = "Scripts/Powershell/Script Data/READ-ME.txt";

const SCRIPT_DATA_TEXT: &str = "\
IntuneCD demands this folder. The scripts are in the bodies beside it: as files of their own they would lose their
Windows line ends on the way, and with them their signatures.
";

impl Mdm for Intune {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn variable_in<'t>(&self, text: &'t str) -> Option<&'t str> {
        let start = text.find("{{")?;
        let end = text[start..].find("}}").map_or(text.len(), |end| start + end + 2);
        Some(&text[start..end])
    }

    fn tables(&self, request: &Request) -> Vec<ExportedFile> {
        if request.shape != Shape::PerPerson {
            return Vec::new();
        }
        let file = |path: &str, text: &str| ExportedFile {
            path: path.to_owned(),
            content: text.as_bytes().to_vec(),
        };
        vec![
            file("plan.csv", "id,address,upn,group_name,group_id\r\n"),
            file(SCRIPT_DATA, SCRIPT_DATA_TEXT),
        ]
    }

    fn lines(&self, person: &ManagedPerson<'_>, request: &Request) -> Vec<Line> {
        if request.shape != Shape::PerPerson {
            return Vec::new();
        }
        let directory = person.directory;
        let upn = directory.upn.value().map_or("", |upn| upn.as_str());
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
        let assignment = assign(&mut made, subject, CONFIGURATIONS);
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
            let file_name = format!("{stem}-{platform}.mobileconfig");
            let configuration = CustomConfiguration {
                kind,
                display_name: &title,
                description: DESCRIPTION,
                payload_name: &title,
                payload_file_name: &file_name,
                payload: STANDARD.encode(&profile),
                deployment_channel: (channel == Channel::User).then_some("userChannel"),
            };
            for path in [
                format!("profiles/{platform}/{stem}.mobileconfig"),
                // IntuneCD compares the tenant's profile with this file
                format!("Device Configurations/mobileconfig/{file_name}"),
            ] {
                made.files.push(ExportedFile { path, content: profile.clone() });
            }
            let file =
                json(format!("Device Configurations/{stem}-{platform}.json"), &configuration);
            let own = Own::Intune { api, assignment: assignment.clone() };
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
        let (stem, title) = (subject.stem(), subject.title(what("windows")));
        let [detect, install] = [&scripts.detect, &scripts.install].map(|script| {
            let bytes = script.content().to_vec();
            if bytes.len() > LARGEST_SCRIPT {
                let (size, most) = (bytes.len(), LARGEST_SCRIPT);
                return Err(Refusal::TooLarge { mdm: NAME, what: "script", size, most });
            }
            Ok(STANDARD.encode(bytes))
        });
        let (detect, install) = (detect?, install?);
        let script = json(
            format!("Scripts/Powershell/{stem}.json"),
            &Script {
                kind: "#microsoft.graph.deviceManagementScript",
                display_name: &title,
                description: DESCRIPTION,
                file_name: "Set-MailAccount.ps1",
                run: RUN,
                script_content: &install,
            },
        );
        let remediation = json(
            format!("DeviceHealthScripts/{stem}.json"),
            &HealthScript {
                kind: "#microsoft.graph.deviceHealthScript",
                display_name: &title,
                description: DESCRIPTION,
                publisher: "mailmuster",
                run: RUN,
                detection_script_content: &detect,
                remediation_script_content: &install,
            },
        );
        let mut made = Made::default();
        for (kind, file) in [(SCRIPTS, script), (REMEDIATIONS, remediation)] {
            let assignment = assign(&mut made, subject, kind);
            let own = Own::Intune { api: "beta", assignment };
            let body = Body { platform: "windows", kind, file, own };
            made.add(&subject.id(), title.clone(), body);
        }
        Ok(made)
    }

    /// A remediation, and what creates a Win32 app. No platform script: it would run once, and repair nothing.
    fn fleet_part(&self, part: &FleetPart<'_>) -> Result<Made, MdmError> {
        let encoded = |script: &Artifact| STANDARD.encode(script.content().to_vec());
        let title = win32::title(part);
        let remediation = HealthScript {
            kind: "#microsoft.graph.deviceHealthScript",
            display_name: &title,
            description: win32::DESCRIPTION,
            publisher: "mailmuster",
            run: Run::of(part.check),
            detection_script_content: &encoded(&part.scripts.detect),
            remediation_script_content: &encoded(&part.scripts.install),
        };
        let id = format!("windows-{}", part.number + 1);
        let file = json(format!("DeviceHealthScripts/{id}.json"), &remediation);
        let own = Own::Intune { api: "beta", assignment: None };
        let mut made = Made::default();
        let body = Body { platform: "windows", kind: REMEDIATIONS, file, own };
        made.add(&id, title, body);
        let path = format!("{}/Win32-App-{}.json", part.folder, part.name);
        made.files.push(json(path, &win32::app(part)));
        Ok(made)
    }

    fn names(&self, person: &ManagedPerson<'_>) -> Vec<Name> {
        let subject = Subject::Person(*person);
        let name = |platform, kind| {
            let (id, name) = (subject.id(), subject.title(what(platform)));
            Name { id, platform, kind, name }
        };
        vec![
            name("ios", CONFIGURATIONS),
            name("macos", CONFIGURATIONS),
            name("windows", SCRIPTS),
            name("windows", REMEDIATIONS),
        ]
    }
}

/// Names differ by platform: one list in the console shows all.
fn what(platform: &str) -> &'static str {
    match platform {
        "ios" => "Mail for iPhone and iPad",
        "macos" => "Mail for Mac",
        _ => "Mail for Windows",
    }
}

/// Adds the body that assigns the objects of `kind` to the person's group, if the list has it. Its path.
fn assign(made: &mut Made, subject: Subject<'_>, kind: &str) -> Option<String> {
    let Subject::Person(person) = subject else { return None };
    let assignment = Assignment::of(kind, person.directory.group?);
    let path = format!("assignments/{kind}/{}.json", subject.stem());
    made.files.push(json(path.clone(), &assignment));
    Some(path)
}

/// `value` as a file.
fn json(path: String, value: &impl Serialize) -> ExportedFile {
    // texts, numbers and no maps with other keys: this cannot fail
    let mut content = serde_json::to_vec_pretty(value).unwrap_or_default();
    content.push(b'\n');
    ExportedFile { path, content }
}
