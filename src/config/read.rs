//! From TOML to a [`Config`] in which every value is valid.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use toml::Spanned;

use super::keys::{self, FORMAT, ListTable, OutputTable, ProviderTable, Text};
use super::options::{ListOptions, OutputOptions, ProviderOptions};
use super::pairs::Pairs;
use super::{Config, FileMaps, signing, value};
use crate::diagnostic::{Diagnostic, Shown};
use crate::domain::setting::SettingKey;
use crate::input::columns::{ColumnList, Map, Place, Target};
use crate::provider::{AUTOMATIC, Override, OverrideError, Provider, ProviderError};
use crate::strict_toml::{self, BACKSLASHES, TomlError};

/// Words in the name of a key for a secret.
const SECRETS: [&str; 4] = ["password", "passphrase", "passwd", "secret"];

/// Reads the text of the file `file` in `folder`.
pub(super) fn parse(file: &str, folder: &Path, text: &str) -> Result<Config, TomlError> {
    let tables: keys::File = strict_toml::parse_with(file, text, secret_key)?;
    let name = file.to_owned();
    let file = File { name: file, folder, text };
    match &tables.format {
        Some(format) if *format.get_ref() == FORMAT => {}
        Some(format) => return Err(file.fault(format, "only format 1 is known", None)),
        None => {
            let hint = "make `format = 1` the first line";
            return Err(file.fault_at(0, "the key `format` is missing", Some(hint)));
        }
    }
    let maps = file.maps(&tables.columns)?;
    Ok(Config {
        list: file.list(tables.list, &tables.columns, &maps)?,
        maps,
        provider: file.provider(tables.provider)?,
        output: file.output(tables.output)?,
        signing: signing::read(&file, tables.signing)?,
        file: name,
    })
}

/// Message and hint for a key whose value would be a secret: config files are copied, mailed and kept
/// in archives.
fn secret_key(key: &str) -> Option<(String, String)> {
    let lower = key.to_lowercase();
    // these name the place of a passphrase
    let is_place = lower.ends_with("_file") || lower.ends_with("_env");
    (!is_place && SECRETS.iter().any(|word| lower.contains(word))).then(|| {
        (
            format!("`{}` is not allowed: this file holds no secrets", Shown(key)),
            "files like this are copied and shared; name the place of the passphrase with `passphrase_file` or `passphrase_env` in [signing]".to_owned(),
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
    fn list(
        &self,
        table: ListTable,
        columns: &Pairs,
        maps: &FileMaps,
    ) -> Result<ListOptions, TomlError> {
        if let (Some(listed), Some((name, _))) = (&table.columns, columns.0.first()) {
            let what = format!(
                "`{}` names a column of a list with a header, but `columns` in [list] is for a list without one",
                Shown(name.get_ref())
            );
            return Err(self.fault(listed, &what, Some("keep one of them")));
        }
        let columns =
            match &table.columns {
                None => None,
                Some(listed) => {
                    let target = |name: &Spanned<String>| match name.get_ref().as_str() {
                        "-" | "" => Ok(None),
                        text => self.known(name, text.parse::<Target>()).map(Some),
                    };
                    let targets = listed.get_ref().iter().map(target).collect::<Result<_, _>>()?;
                    Some(ColumnList::new(targets).map_err(|error| {
                        self.fault(listed, &format!("`columns`: {error}"), None)
                    })?)
                }
            };
        let encoding = table.encoding.as_ref();
        Ok(ListOptions {
            map: maps.maps().cloned().collect(),
            columns,
            sheet: table.sheet.map(|sheet| self.text("sheet", &sheet)).transpose()?,
            delimiter: self.optional("delimiter", &table.delimiter, value::delimiter)?,
            encoding: encoding.map(|name| self.known(name, name.get_ref().parse())).transpose()?,
            comment: self.optional("comment", &table.comment, value::comment)?,
        })
    }

    fn maps(&self, columns: &Pairs) -> Result<FileMaps, TomlError> {
        let mut maps = FileMaps::new(self.name);
        for (name, header) in &columns.0 {
            let target: Target = self.known(name, name.get_ref().parse())?;
            let place = header.get_ref().parse::<Place>();
            let place = place.map_err(|_| self.unfit(name.get_ref(), header, "it is blank"))?;
            if maps.has(target) {
                return Err(self.twice(name));
            }
            maps.add(Map { target, place }, self, header);
        }
        Ok(maps)
    }

    fn provider(&self, table: ProviderTable) -> Result<ProviderOptions, TomlError> {
        let set = self.settings(&table.set)?;
        if let (Some(id), false) = (&table.id, set.is_empty())
            && id.get_ref() == AUTOMATIC
        {
            let what =
                "[provider.set] has no effect: \"auto\" uses the servers of several providers";
            return Err(self.fault(id, what, Some("name the one provider that is meant")));
        }
        Ok(ProviderOptions {
            provider: table.id.map(|id| self.provider_id(&id)).transpose()?,
            protocol: self.optional("protocol", &table.protocol, value::protocol)?,
            set,
            allow_other_domains: table.allow_other_domains.map(Spanned::into_inner),
            allow_cleartext: table.allow_cleartext.map(Spanned::into_inner),
        })
    }

    /// A built-in provider or `auto` as it is; a file from this file's folder.
    fn provider_id(&self, id: &Spanned<String>) -> Result<String, TomlError> {
        let name = id.get_ref();
        if name == AUTOMATIC || Provider::is_built_in(name) {
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
            if let Some((what, hint)) = secret_key(name.get_ref()) {
                return Err(self.fault(name, &what, Some(&hint)));
            }
            let key = SettingKey::from_id(name.get_ref());
            let key =
                self.known(name, key.ok_or_else(|| OverrideError::unknown(name.get_ref())))?;
            let change = Override::new(key, text.get_ref())
                .map_err(|error| self.unfit(name.get_ref(), text, error))?;
            if settings.iter().any(|other| other.key() == change.key()) {
                return Err(self.twice(name));
            }
            settings.push(change);
        }
        Ok(settings)
    }

    fn output(&self, table: OutputTable) -> Result<OutputOptions, TomlError> {
        let format = |id: &Spanned<String>| self.known(id, value::format(id.get_ref()));
        let only = table.only.iter().flat_map(|ids| ids.get_ref()).map(format);
        let jobs = |jobs: Spanned<i64>| {
            let number = *jobs.get_ref();
            value::jobs(number).map_err(|error| {
                self.fault(&jobs, &format!("`jobs` cannot be `{number}`: {error}"), None)
            })
        };
        let language = table.language.as_ref();
        Ok(OutputOptions {
            out: table.folder.map(|folder| self.path("folder", &folder)).transpose()?,
            strict: table.strict.map(Spanned::into_inner),
            only: only.collect::<Result<_, _>>()?,
            organization: self.optional(
                "organization",
                &table.organization,
                value::organization,
            )?,
            contact: self.optional("contact", &table.contact, value::contact)?,
            language: language
                .map(|text| self.known(text, value::language(text.get_ref())))
                .transpose()?,
            identifier: self.optional("identifier", &table.identifier, str::parse)?,
            hosting: table
                .hosting
                .iter()
                .flat_map(|domains| domains.get_ref())
                .map(|at| {
                    value::domain(at.get_ref()).map_err(|error| self.unfit("hosting", at, error))
                })
                .collect::<Result<_, _>>()?,
            jobs: table.jobs.map(jobs).transpose()?,
        })
    }

    /// The path that `key` names, from this file's folder.
    pub(super) fn path(&self, key: &str, path: &Spanned<String>) -> Result<PathBuf, TomlError> {
        let text = self.text(key, path)?;
        if text.contains(char::is_control) {
            // "C:\temp" has a tab
            let what =
                format!("`{key}` cannot be `{}`: no path has control characters", Shown(&text));
            return Err(self.fault(path, &what, Some(BACKSLASHES)));
        }
        Ok(self.folder.join(text))
    }

    /// The text of `key`, which must not be blank.
    pub(super) fn text(&self, key: &str, text: &Spanned<String>) -> Result<String, TomlError> {
        if text.get_ref().trim().is_empty() {
            return Err(self.fault(text, &format!("`{key}` is blank"), Some("remove the line")));
        }
        Ok(text.get_ref().clone())
    }

    fn optional<T, E: Display>(
        &self,
        key: &str,
        text: &Text,
        read: impl Fn(&str) -> Result<T, E>,
    ) -> Result<Option<T>, TomlError> {
        let read =
            |at: &Spanned<String>| read(at.get_ref()).map_err(|error| self.unfit(key, at, error));
        text.as_ref().map(read).transpose()
    }

    /// The value of the name at `at`. The error of an unknown name repeats the name.
    fn known<T, E: Display>(
        &self,
        at: &Spanned<String>,
        value: Result<T, E>,
    ) -> Result<T, TomlError> {
        value.map_err(|error| self.fault(at, &error.to_string(), None))
    }

    /// `at` is not a value of `key`.
    fn unfit(&self, key: &str, at: &Spanned<String>, error: impl Display) -> TomlError {
        let what = format!("`{}` cannot be `{}`: {error}", Shown(key), Shown(at.get_ref()));
        self.fault(at, &what, None)
    }

    fn twice(&self, name: &Spanned<String>) -> TomlError {
        let what = format!("`{}` is there twice", Shown(name.get_ref()));
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
