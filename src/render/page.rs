//! The pages for people in each language: `templates/sheet/head.html` and the body of the page with the texts
//! of a language in them, once per run. What is left to a person is the template of their values.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, HtmlEscape, UndefinedBehavior, Value};
use serde::Deserialize;

use crate::artifact::FileBytes;
use crate::domain::language::Language;

/// What all pages of a language begin with; it holds nothing about a person.
const HEAD: &str = include_str!("../../templates/sheet/head.html");

/// The longest part of a name that is kept on one line: it fits the narrowest column.
const UNBROKEN: usize = 28;

/// A page for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `START-HERE.html`, in every bundle.
    Sheet,
    /// `REMOVE-MAIL.html`, in every removal package.
    Removal,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Sheet, Self::Removal];

    /// What follows [`HEAD`].
    fn body(self) -> &'static str {
        match self {
            Self::Sheet => include_str!("../../templates/sheet/START-HERE.html"),
            Self::Removal => include_str!("../../templates/sheet/REMOVE-MAIL.html"),
        }
    }

    /// The name of the template in `language`.
    fn template(self, language: Language) -> String {
        match self {
            Self::Sheet => format!("sheet-{language}"),
            Self::Removal => format!("removal-{language}"),
        }
    }
}

/// The pages in one language.
pub(super) struct Page {
    /// What is the same for everybody.
    head: String,
    /// The templates of the rest, in the order of [`Kind::ALL`].
    bodies: [String; Kind::ALL.len()],
    /// What the sheet writes for [`Security::None`](crate::domain::server::Security::None).
    pub(super) no_encryption: String,
    /// Translations of built-in providers' notes, by the note in English.
    notes: BTreeMap<String, String>,
}

static PAGES: LazyLock<Vec<Page>> = LazyLock::new(|| Language::all().map(Page::new).collect());

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut templates = Environment::empty();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_auto_escape_callback(|_| AutoEscape::Html);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    templates.set_syntax(syntax.expect("the default delimiters are sound"));
    templates.add_filter("breakable", |value: &str| Value::from_safe_string(breakable(value, ".")));
    templates.add_filter("path", |value: &str| Value::from_safe_string(breakable(value, "")));
    for language in Language::all() {
        for (kind, body) in Kind::ALL.iter().zip(&page(language).bodies) {
            let template = templates.add_template_owned(kind.template(language), body);
            template.expect("templates/sheet is tested");
        }
    }
    templates
});

/// The pages in `language`.
pub(super) fn page(language: Language) -> &'static Page {
    &PAGES[language.index()]
}

/// The pages in every language.
pub(super) fn pages() -> &'static [Page] {
    &PAGES
}

/// A page for a person with these `values`.
pub(super) fn render(
    kind: Kind,
    language: Language,
    values: Value,
) -> Result<FileBytes, minijinja::Error> {
    let own = TEMPLATES.get_template(&kind.template(language))?.render(values)?;
    Ok(FileBytes { shared: page(language).head.as_bytes(), own: own.into_bytes() })
}

impl Page {
    fn new(language: Language) -> Self {
        let LanguageFile { texts, notes } = LanguageFile::of(language);
        let bodies = Kind::ALL.map(|kind| {
            texts.iter().fold(kind.body().to_owned(), |body, (key, text)| {
                body.replace(&format!("[[{key}]]"), &markup(text))
            })
        });
        Self {
            head: HEAD.replace("[[lang]]", language.tag()),
            bodies,
            no_encryption: texts["no_encryption"].clone(),
            notes,
        }
    }

    /// A provider's `note` in this language. The note of a provider file is in whatever
    /// language its author wrote it, and stays as it is.
    pub(super) fn note<'a>(&'a self, note: &'a str) -> &'a str {
        self.notes.get(note).map_or(note, String::as_str)
    }
}

/// What the pages need of a language's file.
#[derive(Deserialize)]
struct LanguageFile {
    /// By the marker of the pages that they replace.
    texts: BTreeMap<String, String>,
    #[serde(default)]
    notes: BTreeMap<String, String>,
}

impl LanguageFile {
    fn of(language: Language) -> Self {
        toml::from_str(language.texts()).expect("templates/sheet is tested")
    }
}

/// `text` as HTML with template expressions: `**bold**`, `` `code` `` and `{value}`.
fn markup(text: &str) -> String {
    let mut html = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            html.push_str(&format!("<code>{}</code>", values(part, "|path")));
        } else {
            for (at, part) in part.split("**").enumerate() {
                let part = values(part, "");
                html.push_str(&if at % 2 == 1 { format!("<b>{part}</b>") } else { part });
            }
        }
    }
    html
}

/// `text` escaped, with `{value}` as a template expression that ends in `filter`.
fn values(text: &str, filter: &str) -> String {
    let escaped = HtmlEscape(text).to_string();
    escaped.replace('{', "{{ ").replace('}', &format!("{filter} }}}}"))
}

/// `value` as HTML that wraps between the parts of a host name, an address or a path, and not inside
/// one: browsers break behind a hyphen and nowhere else. Parts end before `dot` (a file's do not) and
/// behind what separates the rest.
fn breakable(value: &str, dot: &str) -> String {
    let mut html = String::with_capacity(value.len() + 64);
    for part in value.split_inclusive(['@', '/', '?', '&', '=', ' ']) {
        let labels = if dot.is_empty() { vec![part] } else { part.split(dot).collect() };
        for (at, label) in labels.into_iter().enumerate() {
            let dot = if at > 0 { dot } else { "" };
            if !html.is_empty() && !label.is_empty() {
                html.push_str("<wbr />");
            }
            let whole = label.contains('-') && label.len() < UNBROKEN;
            let (open, close) = if whole { ("<span>", "</span>") } else { ("", "") };
            html.push_str(&format!("{open}{dot}{}{close}", HtmlEscape(label)));
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::step::Step;

    fn texts(language: Language) -> BTreeMap<String, String> {
        LanguageFile::of(language).texts
    }

    /// The markers of the templates, `[[key]]`.
    fn markers() -> BTreeSet<String> {
        let bodies = Kind::ALL.iter().flat_map(|kind| kind.body().split("[[").skip(1));
        bodies.map(|rest| rest.split("]]").next().unwrap().to_owned()).collect()
    }

    /// What is neither text nor language: values and marks, sorted.
    fn values_in(text: &str) -> Vec<String> {
        let braces = text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap().to_owned());
        let code = text.matches('`').count();
        let mut values: Vec<String> = braces.chain([format!("{code} backquotes")]).collect();
        values.sort();
        values
    }

    #[test]
    fn every_language_has_every_text_and_no_other() {
        let mut wanted = markers();
        wanted.insert("no_encryption".to_owned());
        for language in Language::all() {
            let keys: BTreeSet<String> = texts(language).into_keys().collect();
            assert_eq!(keys, wanted, "{language}");
            let Page { head, bodies, .. } = page(language);
            assert!(
                [head].into_iter().chain(bodies).all(|part| !part.contains("[[")),
                "{language}"
            );
            assert!(head.contains(&format!("<html lang=\"{language}\"")), "{head}");
        }
    }

    #[test]
    fn texts_name_the_same_values_in_every_language_and_close_their_marks() {
        let english = texts(Language::default());
        for language in Language::all() {
            for (key, text) in texts(language) {
                assert!(!text.trim().is_empty() && text.trim() == text, "{language} {key}");
                assert_eq!(values_in(&text), values_in(&english[&key]), "{language} {key}");
                let bold = text.matches("**").count();
                assert_eq!(bold % 2, 0, "{language} {key}");
                assert_eq!(bold > 0, english[&key].contains("**"), "{language} {key}");
                let key = key.strip_prefix("remove_").unwrap_or(&key);
                let steps =
                    ["iphone_", "mac_", "android", "windows_", "not_", "outlook", "thunderbird"];
                let is_step =
                    steps.iter().any(|step| key.starts_with(step)) && key != "android_other";
                assert!(!is_step || text.ends_with('.'), "{language} {key}");
            }
        }
    }

    #[test]
    fn steps_of_a_connection_test_are_those_of_the_one_table() {
        for step in Step::ALL {
            let key = format!("step_{}", step.id().replace('-', "_"));
            for language in Language::all() {
                let text = &texts(language)[&key];
                assert!(text.starts_with(&format!("**{step}**")), "{language}: {text}");
            }
            let english = &texts(Language::default())[&key];
            assert_eq!(*english, format!("**{step}**: {}.", step.hint()));
        }
    }

    #[test]
    fn no_two_languages_share_a_sentence() {
        let mut seen = BTreeMap::new();
        for language in Language::all() {
            for (key, text) in texts(language).into_iter().filter(|(_, text)| text.contains(". ")) {
                assert_eq!(seen.insert(text, language), None, "{language} {key}");
            }
        }
    }

    #[test]
    fn a_text_is_escaped_before_its_marks_are_read() {
        assert_eq!(
            markup("A & **B <c>** `{file}`, {name}."),
            "A &amp; <b>B &lt;c&gt;</b> <code>{{ file|path }}</code>, {{ name }}."
        );
    }

    #[test]
    fn a_host_wraps_before_its_dots_and_keeps_its_labels() {
        let host = |value: &str| breakable(value, ".");
        assert_eq!(host("imap.x.net"), "imap<wbr />.x<wbr />.net");
        assert_eq!(host("a@b-c.net"), "a@<wbr /><span>b-c</span><wbr />.net");
        assert_eq!(host("a.b-c"), "a<wbr /><span>.b-c</span>");
        assert_eq!(host("<x>&'@q.com"), "&lt;x&gt;&amp;<wbr />&#x27;@<wbr />q<wbr />.com");
        let long = format!("{}-x", "y".repeat(60));
        assert_eq!(host(&long), long, "it must wrap somewhere");
        let path = breakable("windows/Set-Mail.cmd", "");
        assert_eq!(path, "windows&#x2f;<wbr /><span>Set-Mail.cmd</span>");
    }
}
