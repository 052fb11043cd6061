//! Templates of the `README.md` in exports. Their marks are `[[ ]]`, for `{{ }}` is Intune's own.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Error, UndefinedBehavior, Value};

/// The text of `template` with `values`, each of which it must name rightly.
pub(crate) fn render(template: &str, values: Value) -> Result<String, Error> {
    let mut templates = Environment::empty();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder()
        .variable_delimiters("[[", "]]")
        .block_delimiters("[%", "%]")
        .comment_delimiters("[#", "#]")
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()?;
    templates.set_syntax(syntax);
    templates.render_str(template, values)
}
