//! Fleet: loose profiles, and the fragments of its `GitOps` YAML.

use std::borrow::Cow;

use super::{
    About, Body, ExportedFile, Holds, Line, Made, ManagedPerson, Mdm, MdmError, Name, Own, Pace,
    Request, Scripts, Subject, Variable,
};
use crate::render::Setup;
use crate::render::profile::{Channel, ManagedForm};

pub(super) struct Fleet;

static ABOUT: About = About {
    id: "fleet",
    name: "Fleet",
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
    pace: Pace {
        requests: 3,
        a_minute: 300,
        source: "five requests a second, because Fleet names no limit",
    },
    scripts: Scripts::None,
};

const PROFILES: &str = "configuration_profiles";

impl Mdm for Fleet {
    fn about(&self) -> &'static About {
        &ABOUT
    }

    fn variable_in<'t>(&self, text: &'t str) -> Option<&'t str> {
        let start = text.find('$')?;
        let rest = &text[start + 1..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"_{}".contains(c));
        let end = end.unwrap_or(rest.len());
        (end > 0).then(|| &text[start..=start + end])
    }

    fn tables(&self, _request: &Request) -> Vec<ExportedFile> {
        Vec::new()
    }

    fn lines(&self, _person: &ManagedPerson<'_>, _request: &Request) -> Vec<Line> {
        Vec::new()
    }

    fn make(
        &self,
        subject: Subject<'_>,
        setup: &Setup,
        _request: &Request,
    ) -> Result<Made, MdmError> {
        let stem = subject.stem();
        let mut made = Made::default();
        for (platform, what, ending, channel, suffix) in [
            ("macos", "Mail", "", Channel::User, None),
            ("ios", "Mail for iPhone and iPad", "-ios", Channel::Device, Some(".ios")),
        ] {
            let title = subject.title(what);
            let form = ManagedForm { title: title.clone(), channel, suffix };
            let content = subject.profile(setup, &form)?;
            let path = format!("profiles/{stem}{ending}.mobileconfig");
            let file = ExportedFile { path, content };
            let own = Own::Fleet { label: None };
            made.add(&subject.id(), title, Body { platform, kind: PROFILES, file, own });
        }
        Ok(made)
    }

    fn names(&self, person: &ManagedPerson<'_>) -> Vec<Name> {
        let subject = Subject::Person(*person);
        let name = |platform, what| {
            let (id, name) = (subject.id(), subject.title(what));
            Name { id, platform, kind: PROFILES, name }
        };
        vec![name("macos", "Mail"), name("ios", "Mail for iPhone and iPad")]
    }
}
