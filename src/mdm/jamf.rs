//! Jamf Pro: bodies for the Classic API, and the CSV that MUT (Mass Update Tool) loads.
//!
//! Endpoints and elements: developer.jamf.com, `/JSSResource/{mobiledevice,osx}configurationprofiles`. What the API does
//! to a payload: docs/quirks.md.

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{
    About, Body, ExportedFile, Holds, Line, Made, ManagedPerson, Mdm, MdmError, Name, Own, Pace,
    Refusal, Request, Scripts, Subject, Variable,
};
use crate::render::Setup;
use crate::render::profile::{Channel, ManagedForm};

pub(super) struct Jamf;

const NAME: &str = "Jamf Pro";

static ABOUT: About = About {
    id: "jamf",
    name: NAME,
    variables: &[
        Variable { text: Cow::Borrowed("$EMAIL"), holds: Holds::Email, local_part: None },
        Variable { text: Cow::Borrowed("$USERNAME"), holds: Holds::User, local_part: None },
        Variable {
            text: Cow::Borrowed("$EXTENSIONATTRIBUTE_<number>"),
            holds: Holds::Attribute(0),
            local_part: None,
        },
    ],
    full_name: "$FULLNAME",
    helper: ("push-jamf.sh", include_str!("../../templates/mdm/jamf/push-jamf.sh")),
    readme: include_str!("../../templates/mdm/jamf/README.md"),
    // two profiles, each created and read back, over five connections, with half a second for each request
    pace: Pace {
        requests: 4,
        a_minute: 600,
        source: "at most 5 connections at a time, as Jamf asks for",
    },
    scripts: Scripts::None,
};

/// The header of MUT's `UserTemplate.csv` (jamf/mut v6), which must be the same byte for byte.
const MUT_HEADER: &str = "Current Username,New Username,Full Name,Email Address,Phone Number,Position,LDAP Server ID,Site (ID or Name),Managed Apple ID (Requires Jamf Pro 10.15+)";

/// Below the folder of the export.
const MUT: &str = "mut/UserTemplate.csv";

const IOS: &str = "mobiledeviceconfigurationprofiles";
const MACOS: &str = "osxconfigurationprofiles";

impl Mdm for Jamf {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn variable_in<'t>(&self, text: &'t str) -> Option<&'t str> {
        variable(text)
    }

    fn refuses(&self, person: &ManagedPerson<'_>, request: &Request) -> Option<Refusal> {
        (person.user(request.user_names).is_none()).then_some(Refusal::NoUser { mdm: NAME })
    }

    fn tables(&self, request: &Request) -> Vec<ExportedFile> {
        let attribute = match request.variable.holds {
            Holds::Attribute(number) => format!(",EA_{number}"),
            Holds::Email | Holds::Upn | Holds::User => String::new(),
        };
        let content = format!("{MUT_HEADER}{attribute}\n").into_bytes();
        vec![ExportedFile { path: MUT.to_owned(), content }]
    }

    fn mends(&self, request: &Request) -> Option<&'static str> {
        matches!(request.variable.holds, Holds::Email | Holds::Attribute(_)).then_some(MUT)
    }

    fn lines(&self, person: &ManagedPerson<'_>, request: &Request) -> Vec<Line> {
        let Some(user) = person.user(request.user_names) else { return Vec::new() };
        let address = person.address();
        let is_right = person.directory.email.as_ref().is_some_and(|it| it.as_str() == address);
        let (email, attribute) = match request.variable.holds {
            Holds::Email if is_right => return Vec::new(),
            Holds::Email => (address, None),
            Holds::Attribute(_) => ("", Some(address)),
            Holds::Upn | Holds::User => return Vec::new(),
        };
        // a blank cell leaves what Jamf has
        let name = person.accounts.first.display_name.as_str();
        let name = if name == address { "" } else { name };
        let cells = [user, "", name, email, "", "", "", "", ""].into_iter().chain(attribute);
        vec![Line { table: 0, text: csv_line(cells) }]
    }

    fn make(
        &self,
        subject: Subject<'_>,
        setup: &Setup,
        request: &Request,
    ) -> Result<Made, MdmError> {
        let stem = subject.stem();
        let title = subject.title("Mail");
        let user = match subject {
            Subject::Everybody(_) => None,
            Subject::Person(person) => person.user(request.user_names),
        };
        let mut made = Made::default();
        for (platform, kind, channel) in
            [("ios", IOS, Channel::Device), ("macos", MACOS, Channel::User)]
        {
            let form = ManagedForm { title: title.clone(), channel, suffix: None };
            let profile = subject.profile(setup, &form)?;
            let body = body(kind, &title, &compact(&profile), user);
            let path = format!("profiles/{platform}/{stem}.mobileconfig");
            let own = Own::Jamf { profile: path.clone() };
            made.files.push(ExportedFile { path, content: profile });
            let file =
                ExportedFile { path: format!("{platform}/{stem}.xml"), content: body.into_bytes() };
            made.add(&subject.id(), title.clone(), Body { platform, kind, file, own });
        }
        Ok(made)
    }

    fn names(&self, person: &ManagedPerson<'_>) -> Vec<Name> {
        let subject = Subject::Person(*person);
        let name = |platform, kind| {
            let (id, name) = (subject.id(), subject.title("Mail"));
            Name { id, platform, kind, name }
        };
        vec![name("ios", IOS), name("macos", MACOS)]
    }
}

/// The first variable of Jamf Pro (`$EMAIL`) or Jamf School (`%Email%`) in `text`.
fn variable(text: &str) -> Option<&str> {
    let of_pro = text.match_indices('$').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let end = rest.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(rest.len());
        (end > 0).then(|| &text[at..=at + end])
    });
    of_pro.or_else(|| {
        let start = text.find('%')?;
        let end = text[start + 1..].find('%')?;
        let name = &text[start + 1..=start + end];
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
        is_name.then(|| &text[start..=start + 1 + end])
    })
}

/// The body that creates a profile. The payload is a text in it, escaped once.
fn body(kind: &str, title: &str, payload: &str, user: Option<&str>) -> String {
    let (root, method, level) = if kind == IOS {
        ("configuration_profile", "deployment_method", "Device Level")
    } else {
        ("os_x_configuration_profile", "distribution_method", "User")
    };
    let mut body = String::with_capacity(payload.len() * 5 / 4 + 1024);
    let _ = write!(
        body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root}><general><name>{}</name><{method}>Install Automatically</{method}><level>{level}</level><redeploy_on_update>Newly Assigned</redeploy_on_update><payloads>{}</payloads></general><scope>",
        escaped(title),
        escaped(payload),
    );
    if let Some(user) = user {
        let _ = write!(body, "<jss_users><user><name>{}</name></user></jss_users>", escaped(user));
    }
    let _ = writeln!(body, "</scope></{root}>");
    body
}

/// Without white space between tags, which the Classic API takes for empty elements.
fn compact(profile: &[u8]) -> String {
    let text = String::from_utf8_lossy(profile);
    text.lines().map(str::trim_start).collect()
}

fn escaped(text: &str) -> Cow<'_, str> {
    quick_xml::escape::minimal_escape(text)
}

fn csv_line<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut line = csv::WriterBuilder::new().from_writer(Vec::new());
    // writing to memory cannot fail
    let _ = line.write_record(cells);
    line.into_inner().unwrap_or_default()
}
