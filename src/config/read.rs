//! From what is written to a [`Config`] in which every value is valid.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::keys::FORMAT;
use super::pairs::Pairs;
use super::spec::{ConfigSpec, ListSpec, OutputSpec, ProviderSpec};
use super::{Config, FileMaps, ListConfig, OutputConfig, ProviderConfig, signing, value};
use crate::diagnostic::{Diagnostic, Shown};
use crate::domain::setting::SettingKey;
use crate::input::columns::{FieldError, Map, Target};
use crate::provider::{AUTOMATIC, BUILT_IN, Override, OverrideError, ProviderError};
use crate::strict_toml::{self, TomlError};

/// Words that a key for a secret has in it.
const SECRETS: [&str; 4] = ["password", "passphrase", "passwd", "secret"];

/// Reads the text of the file `file` in `folder`.
pub(super) fn parse(file: &str, folder: &Path, text: &str) -> Result<Config, TomlError> {
    let spec: ConfigSpec = strict_toml::parse_with(file, text, refusal)?;
    let name = file.to_owned();
    let file = File { name: file, folder, text };
    match &spec.format {
        Some(format) if *format.get_ref() == FORMAT => {}
        Some(format) => return Err(file.fault(format, "only format 1 is known", None)),
        None => {
            let hint = "make `format = 1` the first line";
            return Err(file.fault_at(0, "the key `format` is missing", Some(hint)));
        }
    }
    Ok(Config {
        list: file.list(spec.list, &spec.columns)?,
        provider: file.provider(spec.provider)?,
        output: file.output(spec.output)?,
        signing: signing::read(&file, spec.signing)?,
        file: name,
    })
}

/// What is wrong with a key for a secret: the file is copied, mailed and kept in archives.
fn refusal(key: &str) -> Option<(String, String)> {
    let lower = key.to_lowercase();
    // these say where a passphrase is
    let is_place = lower.ends_with("_file") || lower.ends_with("_env");
    (!is_place && SECRETS.iter().any(|word| lower.contains(word))).then(|| {
        (
            format!("`{}` cannot stand here: this file holds no secrets", Shown(key)),
            "files like this are copied and shared; say `passphrase_file` or `passphrase_env` in [signing]: where the passphrase is".to_owned(),
        )
    })
}

/// The file being read, for paths and for the place of a fault.
pub(super) struct File<'a> {
    name: &'a str,
    folder: &'a Path,
    text: &'a str,
}

impl File<'_> {
    fn list(&self, spec: ListSpec, columns: &Pairs) -> Result<ListConfig, TomlError> {
        if let (Some(listed), Some((name, _))) = (&spec.columns, columns.0.first()) {
            let what = format!(
                "`{}` names a column of a list with header, and `columns` in [list] says that it has none",
                Shown(name.get_ref())
            );
            return Err(self.fault(listed, &what, Some("keep one of them")));
        }
        let listed = match &spec.columns {
            None => None,
            Some(listed) => {
                let names = listed.get_ref();
                for name in names.iter().filter(|name| !matches!(name.get_ref().as_str(), "-" | ""))
                {
                    self.value("columns", name, name.get_ref().parse::<Target>())?;
                }
                let names: Vec<&str> = names.iter().map(|name| name.get_ref().as_str()).collect();
                let whole = names.join(",");
                let columns = whole.parse().map_err(|error: FieldError| {
                    self.fault(listed, &format!("`columns`: {error}"), None)
                })?;
                Some(columns)
            }
        };
        Ok(ListConfig {
            delimiter: self.optional("delimiter", spec.delimiter, value::delimiter)?,
            encoding: self.optional("encoding", spec.encoding, str::parse)?,
            comment: self.optional("comment", spec.comment, value::comment)?,
            columns: listed,
            sheet: spec.sheet.map(|sheet| self.text("sheet", &sheet)).transpose()?,
            maps: self.maps(columns)?,
        })
    }

    fn maps(&self, columns: &Pairs) -> Result<FileMaps, TomlError> {
        let mut maps = FileMaps::new(self.name);
        for (name, header) in &columns.0 {
            let target: Target = self.value("columns", name, name.get_ref().parse())?;
            let map = format!("{target}={}", header.get_ref()).parse::<Map>();
            let map = map.map_err(|_| "it is blank".to_owned());
            let map = self.value(name.get_ref(), header, map)?;
            if maps.has(target) {
                return Err(self.twice(name));
            }
            maps.add(map, self, header);
        }
        Ok(maps)
    }

    fn provider(&self, spec: ProviderSpec) -> Result<ProviderConfig, TomlError> {
        let set = self.settings(&spec.set)?;
        if let (Some(id), false) = (&spec.id, set.is_empty())
            && id.get_ref() == AUTOMATIC
        {
            let what =
                "[provider.set] has no effect: \"auto\" uses the servers of several providers";
            return Err(self.fault(id, what, Some("name the one provider that is meant")));
        }
        Ok(ProviderConfig {
            id: spec.id.map(|id| self.provider_id(&id)).transpose()?,
            protocol: self.optional("protocol", spec.protocol, value::protocol)?,
            set,
            allow_other_domains: spec.allow_other_domains,
            allow_cleartext: spec.allow_cleartext,
        })
    }

    /// A built-in provider or `auto` as it is; a file from this file's folder.
    fn provider_id(&self, id: &Spanned<String>) -> Result<String, TomlError> {
        let name = id.get_ref();
        if name == AUTOMATIC || BUILT_IN.iter().any(|(known, _)| known == name) {
            return Ok(name.clone());
        }
        let path = self.path("id", id)?;
        let named = Path::new(name);
        if named.extension().is_some() || named.components().count() > 1 || path.exists() {
            return Ok(path.display().to_string());
        }
        let unknown = ProviderError::Unknown(name.clone());
        Err(self.fault(id, &unknown.to_string(), unknown.hint().as_deref()))
    }

    fn settings(&self, set: &Pairs) -> Result<Vec<Override>, TomlError> {
        let mut settings: Vec<Override> = Vec::new();
        for (name, text) in &set.0 {
            if let Some((what, hint)) = refusal(name.get_ref()) {
                return Err(self.fault(name, &what, Some(&hint)));
            }
            let key = SettingKey::from_id(name.get_ref())
                .ok_or_else(|| OverrideError::unknown(name.get_ref()).to_string());
            let key = self.value("set", name, key)?;
            let change = Override::new(key, text.get_ref()).map_err(|error| {
                self.refused(name.get_ref(), text, text.get_ref(), &error.to_string())
            })?;
            if settings.iter().any(|other| other.key() == change.key()) {
                return Err(self.twice(name));
            }
            settings.push(change);
        }
        Ok(settings)
    }

    fn output(&self, spec: OutputSpec) -> Result<OutputConfig, TomlError> {
        let format = |id: &Spanned<String>| self.value("only", id, value::format(id.get_ref()));
        let only = spec.only.map(|ids| ids.iter().map(format).collect()).transpose()?;
        let jobs = |jobs: Spanned<i64>| {
            let number = *jobs.get_ref();
            value::jobs(number)
                .map_err(|error| self.refused("jobs", &jobs, &number.to_string(), &error))
        };
        Ok(OutputConfig {
            folder: spec.folder.map(|folder| self.path("folder", &folder)).transpose()?,
            strict: spec.strict,
            only,
            organization: self.optional("organization", spec.organization, value::organization)?,
            contact: self.optional("contact", spec.contact, value::contact)?,
            language: self.optional("language", spec.language, value::language)?,
            identifier: self.optional("identifier", spec.identifier, |text| {
                text.parse()
                    .map_err(|error: crate::domain::identifier::ReverseDnsError| error.to_string())
            })?,
            jobs: spec.jobs.map(jobs).transpose()?,
        })
    }

    /// The path that `key` names, from this file's folder.
    pub(super) fn path(&self, key: &str, path: &Spanned<String>) -> Result<PathBuf, TomlError> {
        Ok(self.folder.join(self.text(key, path)?))
    }

    /// The text that `key` says, which is not blank.
    pub(super) fn text(&self, key: &str, text: &Spanned<String>) -> Result<String, TomlError> {
        if text.get_ref().trim().is_empty() {
            return Err(self.fault(text, &format!("`{key}` is blank"), Some("take the line out")));
        }
        Ok(text.get_ref().clone())
    }

    fn optional<T, E: Display>(
        &self,
        key: &str,
        text: Option<Spanned<String>>,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, TomlError> {
        text.map(|text| self.value(key, &text, read(text.get_ref()))).transpose()
    }

    fn value<T, E: Display>(
        &self,
        key: &str,
        at: &Spanned<String>,
        value: Result<T, E>,
    ) -> Result<T, TomlError> {
        value.map_err(|error| self.refused(key, at, at.get_ref(), &error.to_string()))
    }

    /// What to say when `word` cannot stand behind `key`. The words of the flag's own fault become
    /// fault and cure.
    fn refused<T>(&self, key: &str, at: &Spanned<T>, word: &str, error: &str) -> TomlError {
        let cannot = || format!("`{key}` cannot be `{}`", Shown(word));
        if error.starts_with("there is no") {
            let (what, cure) = error.split_once("; ").map_or((error, None), |(w, c)| (w, Some(c)));
            self.fault(at, what, cure)
        } else if error.starts_with("it ") {
            self.fault(at, &format!("{}: {error}", cannot()), None)
        } else {
            self.fault(at, &cannot(), Some(error))
        }
    }

    fn twice(&self, name: &Spanned<String>) -> TomlError {
        let what = format!("`{}` stands there twice", Shown(name.get_ref()));
        self.fault(name, &what, Some("keep one of them"))
    }

    pub(super) fn fault<T>(&self, at: &Spanned<T>, what: &str, hint: Option<&str>) -> TomlError {
        self.fault_at(at.span().start, what, hint)
    }

    fn fault_at(&self, at: usize, what: &str, hint: Option<&str>) -> TomlError {
        TomlError::at(at, self.name, self.text, what.to_owned(), hint.map(str::to_owned))
    }

    /// Line and column, both from 1.
    pub(super) fn place(&self, at: &Spanned<String>) -> (usize, usize) {
        strict_toml::place(self.text, at.span().start)
    }
}
