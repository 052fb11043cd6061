//! Fleet: loose profiles, the label of each person, and the fragments of its `GitOps` YAML.
//!
//! Which devices get a profile is decided by labels alone: all profiles of a team go to its Macs, iPhones and iPads alike
//! (docs/quirks.md has the sources).

use std::borrow::Cow;
use std::fmt::Write as _;

use serde::Serialize;

use super::{
    About, Body, ExportedFile, Holds, Line, Made, ManagedPerson, Mdm, MdmError, Name, Own, Pace,
    Refusal, Request, Scripts, Shape, Subject, Variable,
};
use crate::render::Setup;
use crate::render::managed::{Channel, DEVICE_SUFFIX, ManagedForm};

pub(super) struct Fleet;

const NAME: &str = "Fleet";

static ABOUT: About = About {
    id: "fleet",
    name: NAME,
    variables: &[
        Variable {
            text: Cow::Borrowed("$FLEET_VAR_HOST_END_USER_IDP_USERNAME"),
            holds: Holds::User,
            local_part: Some("$FLEET_VAR_HOST_END_USER_IDP_USERNAME_LOCAL_PART"),
        },
        Variable {
            text: Cow::Borrowed("$FLEET_VAR_HOST_END_USER_EMAIL_IDP"),
            holds: Holds::Email,
            local_part: None,
        },
    ],
    full_name: "$FLEET_VAR_HOST_END_USER_IDP_FULL_NAME",
    helper: ("push-fleet.sh", include_str!("../../templates/mdm/fleet/push-fleet.sh")),
    readme: include_str!("../../templates/mdm/fleet/README.md"),
    // a label and two profiles
    pace: Pace {
        requests: 3,
        a_minute: 300,
        source: "five requests a second, because Fleet names no limit",
    },
    scripts: Scripts::None,
};

const PROFILES: &str = "configuration_profiles";
const LABELS: &str = "labels";

/// The largest profile, in bytes (`server/fleet/request.go`: "maximum configuration profile file size is 1 MB").
const LARGEST_PROFILE: usize = 1_000_000;

/// The longest name of a profile or label, in characters: `varchar(255)`.
const LONGEST_NAME: usize = 255;

/// The tables, by their positions.
const LABELS_YAML: usize = 0;
const PROFILES_YAML: usize = 1;

const LABELS_HEAD: &str = "\
# To be merged into the labels of default.yml. Do not apply this file alone: GitOps deletes what it does not name.
labels:
";
const PROFILES_HEAD: &str = "\
# To be merged into the file of the fleet (or default.yml, or unassigned.yml). Do not apply this file alone: GitOps
# deletes what it does not name. Paths are relative to this file.
controls:
  apple_settings:
    configuration_profiles:
";

/// The devices that get a profile, by labels. The names of the fields are those of Fleet's API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Targets {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels_include_all: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels_include_any: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels_exclude_any: Vec<String>,
}

/// The body that creates a label.
#[derive(Serialize)]
struct Label<'a> {
    name: &'a str,
    description: &'a str,
    /// Absent where the list has none: an update then leaves the hosts that an admin has added.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hosts: Vec<&'a str>,
}

/// One of the two profiles: Fleet reports a profile for the user channel as failed on iPhone and iPad.
#[derive(Clone, Copy)]
struct Variant {
    platform: &'static str,
    /// In the console.
    what: &'static str,
    /// Of the file's name.
    ending: &'static str,
    channel: Channel,
    /// Of the identifier, which Fleet wants to be unique.
    suffix: Option<&'static str>,
}

const VARIANTS: [Variant; 2] = [
    Variant { platform: "macos", what: "Mail", ending: "", channel: Channel::User, suffix: None },
    Variant {
        platform: "ios",
        what: "Mail for iPhone and iPad",
        ending: "-ios",
        channel: Channel::Device,
        suffix: Some(DEVICE_SUFFIX),
    },
];

impl Mdm for Fleet {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    /// What Fleet or `fleetctl gitops` would replace. The latter takes every `$NAME` for a variable of its
    /// environment, like a shell, and a backslash before the `$` away.
    fn variable_in<'t>(&self, text: &'t str) -> Option<&'t str> {
        text.match_indices('$').find_map(|(at, _)| {
            let rest = &text[at + 1..];
            let start = at - usize::from(text[..at].ends_with('\\'));
            let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let length = match rest.chars().next() {
                Some('{') => rest.find('}').map_or(rest.len(), |end| end + 1),
                Some(c) if c.is_ascii_digit() || "*#$@!?-".contains(c) => 1,
                Some(c) if word(c) => rest.find(|c| !word(c)).unwrap_or(rest.len()),
                _ if start < at => 0,
                _ => return None,
            };
            Some(&text[start..=at + length])
        })
    }

    fn refuses(&self, person: &ManagedPerson<'_>, request: &Request) -> Option<Refusal> {
        if request.shape == Shape::Shared {
            return None;
        }
        let refusal = |what, why: &str| Refusal::Text { mdm: NAME, what, why: why.to_owned() };
        let subject = Subject::Person(*person);
        let mut titles = VARIANTS.iter().map(|variant| subject.title(variant.what));
        if titles.any(|title| title.chars().count() > LONGEST_NAME) {
            return Some(refusal("address", "names in Fleet have at most 255 characters"));
        }
        let is_plain =
            |serial: &str| serial.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let serials = &person.directory.serials;
        if serials.iter().any(|serial| !is_plain(serial.as_str())) {
            return Some(refusal(
                "serial number",
                "it has other characters than letters and digits",
            ));
        }
        None
    }

    fn tables(&self, request: &Request) -> Vec<ExportedFile> {
        if request.shape != Shape::PerPerson {
            return Vec::new();
        }
        [("labels", LABELS_HEAD), ("profiles", PROFILES_HEAD)].map(gitops).into()
    }

    /// All lines are those of [`Mdm::make`]: who gets no profile needs no label.
    fn lines(&self, _person: &ManagedPerson<'_>, _request: &Request) -> Vec<Line> {
        Vec::new()
    }

    fn make(
        &self,
        subject: Subject<'_>,
        setup: &Setup,
        _request: &Request,
    ) -> Result<Made, MdmError> {
        let mut made = Made::default();
        if let Subject::Person(person) = subject {
            add_label(&mut made, &person);
        }
        let mut yaml = String::new();
        for variant in VARIANTS {
            let title = subject.title(variant.what);
            let Variant { channel, suffix, .. } = variant;
            let form = ManagedForm { title: title.clone(), channel, suffix };
            let content = subject.profile(setup, &form)?;
            if content.len() > LARGEST_PROFILE {
                let (size, most) = (content.len(), LARGEST_PROFILE);
                return Err(Refusal::TooLarge { mdm: NAME, what: "profile", size, most }.into());
            }
            let path = format!("profiles/{}{}.mobileconfig", subject.stem(), variant.ending);
            let targets = Targets::of(subject, variant);
            targets.write_yaml(&path, &mut yaml);
            let file = ExportedFile { path, content };
            let own = Own::Fleet { labels: Some(targets) };
            let body = Body { platform: variant.platform, kind: PROFILES, file, own };
            made.add(&subject.id(), title, body);
        }
        match subject {
            Subject::Person(_) => made.lines.push(Line { table: PROFILES_YAML, text: yaml.into() }),
            Subject::Everybody(_) => {
                made.files.push(gitops(("profiles", &format!("{PROFILES_HEAD}{yaml}"))));
            }
        }
        Ok(made)
    }

    fn names(&self, person: &ManagedPerson<'_>) -> Vec<Name> {
        let subject = Subject::Person(*person);
        let name = |platform, kind, name| Name { id: subject.id(), platform, kind, name };
        let profiles = VARIANTS
            .iter()
            .map(|variant| name(variant.platform, PROFILES, subject.title(variant.what)));
        // the label last: a profile without its label goes nowhere, one with a deleted label is broken
        profiles.chain([name("apple", LABELS, label_of(person))]).collect()
    }
}

/// The label of the devices of `person`, and its entry in the YAML.
fn add_label(made: &mut Made, person: &ManagedPerson<'_>) {
    let subject = Subject::Person(*person);
    let name = label_of(person);
    let description = format!("Devices that get the mail settings of {}", person.address());
    let hosts: Vec<&str> = person.directory.serials.iter().map(|serial| serial.as_str()).collect();
    let mut yaml = format!(
        "  - name: {}\n    description: {}\n    label_membership_type: manual\n",
        quoted(&name),
        quoted(&description)
    );
    write_list(&mut yaml, "    ", "hosts", &hosts);
    let label = Label { name: &name, description: &description, hosts };
    let file = ExportedFile {
        path: format!("labels/{}.json", subject.stem()),
        // texts only: this cannot fail
        content: serde_json::to_vec(&label).unwrap_or_default(),
    };
    let own = Own::Fleet { labels: None };
    made.add(&subject.id(), name, Body { platform: "apple", kind: LABELS, file, own });
    made.lines.push(Line { table: LABELS_YAML, text: yaml.into() });
}

/// The name of the label of a person's devices.
fn label_of(person: &ManagedPerson<'_>) -> String {
    format!("Mail {}", person.address())
}

impl Targets {
    /// The devices of `subject` that get `variant`. Labels like `macOS` are Fleet's own.
    fn of(subject: Subject<'_>, variant: Variant) -> Self {
        let mac = "macOS".to_owned();
        match (subject, variant.channel) {
            (Subject::Everybody(_), Channel::User) => {
                Self { labels_include_any: vec![mac], ..Self::default() }
            }
            (Subject::Everybody(_), Channel::Device) => {
                let phones = vec!["iOS".to_owned(), "iPadOS".to_owned()];
                Self { labels_include_any: phones, ..Self::default() }
            }
            (Subject::Person(person), Channel::User) => {
                Self { labels_include_all: vec![label_of(&person), mac], ..Self::default() }
            }
            (Subject::Person(person), Channel::Device) => Self {
                labels_include_any: vec![label_of(&person)],
                labels_exclude_any: vec![mac],
                ..Self::default()
            },
        }
    }

    /// The entry of the profile at `path` in the `GitOps` file.
    fn write_yaml(&self, path: &str, yaml: &mut String) {
        let _ = writeln!(yaml, "      - path: {}", quoted(&format!("../{path}")));
        for (field, names) in [
            ("labels_include_all", &self.labels_include_all),
            ("labels_include_any", &self.labels_include_any),
            ("labels_exclude_any", &self.labels_exclude_any),
        ] {
            write_list(yaml, "        ", field, names);
        }
    }
}

/// A list in YAML, if it has items.
fn write_list(yaml: &mut String, indent: &str, field: &str, items: &[impl AsRef<str>]) {
    if !items.is_empty() {
        let _ = writeln!(yaml, "{indent}{field}:");
    }
    for item in items {
        let _ = writeln!(yaml, "{indent}  - {}", quoted(item.as_ref()));
    }
}

fn gitops((name, content): (&str, &str)) -> ExportedFile {
    ExportedFile { path: format!("gitops/{name}.yml"), content: content.into() }
}

/// `text` as a double-quoted scalar, which no reader of YAML 1.1 or 1.2 takes for anything but this text.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        let _ = match c {
            '"' | '\\' => write!(quoted, "\\{c}"),
            ' '..='~' => write!(quoted, "{c}"),
            c if c.is_alphanumeric() => write!(quoted, "{c}"),
            c => write!(quoted, "\\U{:08X}", u32::from(c)),
        };
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fleet_or_gitops_would_replace_is_found() {
        for (text, found) in [
            ("$FLEET_VAR_HOST_UUID", "$FLEET_VAR_HOST_UUID"),
            ("Ada ${FLEET_SECRET_X} B", "${FLEET_SECRET_X}"),
            ("a$HOME.b", "$HOME"),
            ("$ $x", "$x"),
            ("cash$$", "$$"),
            ("US$5", "$5"),
            ("a$-b", "$-"),
            (r"a\$ b", r"\$"),
            (r"a\$HOME", r"\$HOME"),
            ("${open", "${open"),
        ] {
            assert_eq!(Fleet.variable_in(text), Some(found), "{text}");
        }
        for text in ["", "$", "5 $", "a$ b", "$.50", "{{mail}}", "%Email%", "é$é"] {
            assert_eq!(Fleet.variable_in(text), None, "{text}");
        }
    }

    #[test]
    fn a_quoted_text_has_no_character_with_a_meaning_in_yaml() {
        assert_eq!(quoted("null"), "\"null\"");
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
        assert_eq!(
            quoted("a\nb\u{85}\u{2028}\u{feff}"),
            r#""a\U0000000Ab\U00000085\U00002028\U0000FEFF""#
        );
        assert_eq!(quoted("Zoë 🚀"), r#""Zoë \U0001F680""#);
    }
}
