//! README.md of an export: the MDM's template with the numbers of this export.

use minijinja::context;

use super::{About, Request, Shape, SignatureCheck};
use crate::render::readme;

/// The numbers of an export.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers<'a> {
    /// The provider's name.
    pub(crate) provider: &'a str,
    /// Everybody in the list who is served.
    pub(crate) people: u64,
    /// To create.
    pub(crate) objects: u64,
    pub(crate) has_profiles: bool,
    /// The fleet scripts, if there are any.
    pub(crate) windows: Option<&'a WindowsNumbers>,
}

/// What README.md says about fleet scripts.
#[derive(Debug)]
pub(crate) struct WindowsNumbers {
    pub(crate) people: usize,
    /// A power of two.
    pub(crate) parts: usize,
    /// The first part that has people, as in file names.
    pub(crate) first: String,
    pub(crate) is_signed: bool,
    /// The day on which the signatures end, if they have no time stamp.
    pub(crate) ends: Option<String>,
    /// The value of `-ExecutionPolicy`.
    pub(crate) policy: &'static str,
    pub(crate) check: SignatureCheck,
    /// The size of the largest Detect script, in bytes.
    pub(crate) largest_detect: usize,
}

impl About {
    /// The text of README.md.
    pub(crate) fn readme(
        &self,
        request: &Request,
        numbers: Numbers<'_>,
    ) -> Result<String, minijinja::Error> {
        let served = if request.shape == Shape::Shared { 1 } else { numbers.people };
        let windows = numbers.windows.map(|it| {
            let WindowsNumbers { people, parts, first, check, largest_detect, .. } = it;
            let enforced = *check == SignatureCheck::Enforced;
            context! {
                people, parts, first, ends => it.ends.as_ref(), policy => it.policy, signed => it.is_signed, enforced, largest_detect
            }
        });
        readme::render(
            self.readme,
            context! {
                provider => numbers.provider,
                people => numbers.people,
                objects => numbers.objects,
                minutes => self.pace.minutes(served),
                pace => self.pace.source,
                shape => request.shape.id(),
                shared => request.shape == Shape::Shared,
                per_person => request.shape == Shape::PerPerson,
                retire => request.shape == Shape::Retire,
                variable => request.variable.text.as_ref(),
                helper => self.helper.0,
                profiles => numbers.has_profiles,
                windows,
            },
        )
    }
}
