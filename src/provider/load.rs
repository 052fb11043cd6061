//! Loads a provider: built in, from a provider file, or from a file to import.

use std::path::Path;

use time::Date;

use super::{AUTOMATIC, BUILT_IN, Imported, Provider, ProviderError, import, spec};
use crate::bounded;
use crate::domain::provider_id::ProviderId;

impl Provider {
    /// The built-in provider with an id, or the provider of a file. A file with the id of a built-in
    /// provider is refused, because manifests name providers by id.
    pub fn load(id_or_file: &str) -> Result<Self, ProviderError> {
        let text = Self::source(id_or_file)?;
        Self::parse(id_or_file, &text)?.with_own_id(id_or_file, &text)
    }

    pub(crate) fn is_built_in(id_or_file: &str) -> bool {
        BUILT_IN.iter().any(|(id, _)| *id == id_or_file)
    }

    fn with_own_id(self, file: &str, text: &str) -> Result<Self, ProviderError> {
        let is_copy = BUILT_IN.contains(&(self.id.as_str(), text));
        let is_reserved = Self::is_built_in(self.id.as_str()) || self.id.as_str() == AUTOMATIC;
        if is_reserved && !is_copy {
            return Err(ProviderError::BuiltInId { file: file.to_owned(), id: self.id });
        }
        Ok(self)
    }

    /// The text of a built-in or other provider file.
    pub(crate) fn source(id_or_file: &str) -> Result<String, ProviderError> {
        if let Some((_, text)) = BUILT_IN.iter().find(|(id, _)| *id == id_or_file) {
            return Ok((*text).to_owned());
        }
        let path = Path::new(id_or_file);
        let looks_like_a_file =
            path.extension().is_some() || path.components().count() > 1 || path.exists();
        if !looks_like_a_file {
            return Err(ProviderError::Unknown(id_or_file.to_owned()));
        }
        bounded::read_text(path, bounded::SMALL)
            .map_err(|error| ProviderError::Unreadable { file: id_or_file.to_owned(), error })
    }

    /// Imports a file in Mozilla's autoconfig format. Without `id` the id is made from the one in the file.
    pub(crate) fn import(
        path: &Path,
        id: Option<ProviderId>,
        today: Date,
    ) -> Result<Imported, ProviderError> {
        let imported = import::read(path, id, today)?;
        imported.provider.clone().with_own_id(&path.display().to_string(), &imported.text)?;
        Ok(imported)
    }

    /// Parses `text`; `file` is its name in messages.
    pub fn parse(file: &str, text: &str) -> Result<Self, ProviderError> {
        spec::parse(file, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_the_id_of_a_built_in_provider_is_refused() {
        let file = "own.toml";
        let copy = Provider::source("fastmail").unwrap();
        for (text, taken) in [
            (copy.clone(), None),
            (copy.replace("imap.fastmail.com", "imap.fastmail.example"), Some("fastmail")),
            (copy.replace("id = \"fastmail\"", "id = \"centurylink\""), Some("centurylink")),
            (copy.replace("id = \"fastmail\"", "id = \"auto\""), Some("auto")),
            (copy.replace("id = \"fastmail\"", "id = \"own\""), None),
        ] {
            let loaded = Provider::parse(file, &text).unwrap().with_own_id(file, &text);
            let error = loaded.err().map(|error| error.to_string());
            let expected = taken.map(|id| {
                format!("`{file}` has the id `{id}`, which is reserved for the built-in provider")
            });
            assert_eq!(error, expected);
        }
    }
}
