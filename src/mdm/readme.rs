//! README.md of an export: the MDM's template with the numbers of this export.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior, context};

use super::{About, Request, Shape};

/// The numbers of an export.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Numbers<'a> {
    /// The provider's name.
    pub(crate) provider: &'a str,
    /// Everybody in the list who is served.
    pub(crate) people: u64,
    /// To create.
    pub(crate) objects: u64,
}

impl About {
    /// The text of README.md.
    pub(crate) fn readme(
        &self,
        request: &Request,
        numbers: Numbers<'_>,
    ) -> Result<String, minijinja::Error> {
        let mut templates = Environment::empty();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        // `{{ }}` is Intune's own
        let syntax = SyntaxConfig::builder()
            .variable_delimiters("[[", "]]")
            .block_delimiters("[%", "%]")
            .comment_delimiters("[#", "#]")
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?;
        templates.set_syntax(syntax);
        let served = if request.shape == Shape::Shared { 1 } else { numbers.people };
        templates.render_str(
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
            },
        )
    }
}
