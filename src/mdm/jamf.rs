//! Jamf Pro: bodies for the Classic API, and the CSV that MUT (Mass Update Tool) loads.
//!
//! Endpoints and elements: developer.jamf.com, `/JSSResource/{mobiledevice,osx}configurationprofiles`. What the API does
//! to a payload: docs/quirks.md.

mod payload;

use std::borrow::Cow;
use std::fmt::Write as _;

use payload::{compact, element, unstorable, unstorable_in};

use super::{
    About, Body, ExportedFile, Holds, Line, Made, ManagedPerson, Mdm, MdmError, Name, Own, Pace,
    Refusal, Request, Scripts, Subject, Variable,
};
use crate::render::Setup;
use crate::render::managed::{Channel, ManagedForm};

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

/// What MUT takes for "remove the value".
const CLEAR: &str = "CLEAR!";

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

    fn refuses_text(&self, text: &str) -> Option<String> {
        unstorable(text).map(|c| format!("its API cannot store `{c}`"))
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
        let is_right = person.directory.email.value().is_some_and(|it| it.as_str() == address);
        let (email, attribute) = match request.variable.holds {
            Holds::Email if is_right => return Vec::new(),
            Holds::Email => (address, None),
            Holds::Attribute(_) => ("", Some(address)),
            Holds::Upn | Holds::User => return Vec::new(),
        };
        // a blank cell leaves what Jamf has, and this word clears it
        let name = person.accounts.first.display_name.as_str();
        let name = if name == address || name == CLEAR { "" } else { name };
        if user == CLEAR {
            return Vec::new();
        }
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
        // Jamf puts the name of its own organization in, so that ours can be `Smith & Sons`
        let setup = &Setup { organization: None, ..setup.clone() };
        let mut made = Made::default();
        for (platform, kind, channel) in
            [("ios", IOS, Channel::Device), ("macos", MACOS, Channel::User)]
        {
            let form = ManagedForm { title: title.clone(), channel, suffix: None };
            let profile = subject.profile(setup, &form)?;
            let payload = compact(&profile);
            if let Some(c) = unstorable_in(&payload) {
                let why = format!("its API cannot store `{c}`");
                return Err(Refusal::Text { mdm: NAME, what: "profile", why }.into());
            }
            let body = body(kind, &title, &payload, user);
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

/// The first variable of Jamf Pro (`$EMAIL`, `$EXTENSIONATTRIBUTE_7`) or Jamf School (`%Email%`) in `text`.
fn variable(text: &str) -> Option<&str> {
    let of_pro = text.match_indices('$').find_map(|(at, _)| {
        let rest = &text[at + 1..];
        let is_in = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let end = rest.find(|c| !is_in(c)).unwrap_or(rest.len());
        // `$5` is money
        let begins = rest.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
        begins.then(|| &text[at..=at + end])
    });
    of_pro.or_else(|| {
        text.match_indices('%').find_map(|(at, _)| {
            let rest = &text[at + 1..];
            let end = rest.find('%')?;
            let is_name = end > 0 && rest[..end].bytes().all(|byte| byte.is_ascii_alphabetic());
            is_name.then(|| &text[at..at + end + 2])
        })
    })
}

/// The body that creates a profile. The payload is a text in it, escaped once.
///
/// `redeploy_on_update` is what the API takes for a new profile; `push-jamf.sh` changes it in an update, which devices
/// would not get otherwise. The elements are in the order of the API's schema: it ignores others silently.
fn body(kind: &str, title: &str, payload: &str, user: Option<&str>) -> String {
    let (root, method, level, everything) = if kind == IOS {
        ("configuration_profile", "deployment_method", "Device Level", "all_mobile_devices")
    } else {
        ("os_x_configuration_profile", "distribution_method", "User", "all_computers")
    };
    let mut body = String::with_capacity(payload.len() * 3 / 2 + 1024);
    let _ = write!(
        body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <{root}><general><name>{}</name><description>{}</description><{method}>Install Automatically</{method}>\
         <level>{level}</level><redeploy_on_update>Newly Assigned</redeploy_on_update><payloads>{}</payloads></general>\
         <scope><{everything}>false</{everything}><all_jss_users>false</all_jss_users>",
        escaped(title),
        // Jamf puts it in the place of the profile's own
        escaped(element(payload, "PayloadDescription").unwrap_or_default()),
        escaped(payload),
    );
    if let Some(user) = user {
        let _ = write!(body, "<jss_users><user><name>{}</name></user></jss_users>", escaped(user));
    }
    let _ = writeln!(body, "</scope></{root}>");
    body
}

/// Quotes stay as they are: Jamf would keep their references as text.
fn escaped(text: &str) -> Cow<'_, str> {
    quick_xml::escape::partial_escape(text)
}

fn csv_line<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut line = csv::WriterBuilder::new().from_writer(Vec::new());
    // writing to memory cannot fail
    let _ = line.write_record(cells);
    line.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_jamf_would_replace_is_found() {
        for (text, found) in [
            ("$EMAIL", Some("$EMAIL")),
            ("Ada ($EXTENSIONATTRIBUTE_12)", Some("$EXTENSIONATTRIBUTE_12")),
            ("100 $ and $USERNAME", Some("$USERNAME")),
            ("50 % of %Email%", Some("%Email%")),
            ("%FirstName%", Some("%FirstName%")),
            ("Ada $5 Lovelace", None),
            ("cash$", None),
            ("$email", None),
            ("100 % sure, 50 % off", None),
            ("%%", None),
        ] {
            assert_eq!(variable(text), found, "{text}");
        }
    }

    #[test]
    fn a_body_has_the_payload_escaped_once_and_quotes_as_they_are() {
        let payload =
            "<dict><key>PayloadDescription</key><string>the \"description\"</string></dict>";
        let text = body(MACOS, "Mail (o'neil@q.com)", payload, Some("o'neil"));
        assert_eq!(
            text,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <os_x_configuration_profile><general><name>Mail (o'neil@q.com)</name><description>the \"description\"</description>\
             <distribution_method>Install Automatically</distribution_method><level>User</level>\
             <redeploy_on_update>Newly Assigned</redeploy_on_update>\
             <payloads>&lt;dict&gt;&lt;key&gt;PayloadDescription&lt;/key&gt;&lt;string&gt;the \"description\"&lt;/string&gt;&lt;/dict&gt;</payloads></general>\
             <scope><all_computers>false</all_computers><all_jss_users>false</all_jss_users>\
             <jss_users><user><name>o'neil</name></user></jss_users></scope></os_x_configuration_profile>\n"
        );
        assert!(!body(IOS, "Mail", payload, None).contains("jss_users><user"));
    }
}
