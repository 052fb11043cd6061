//! The config file that `init` writes, from the choices.

use std::path::Path;

use super::choices::{Choices, ProviderChoice};
use crate::config::options::{ListOptions, OutputOptions, ProviderOptions};
use crate::config::write::NewFile;
use crate::provider::{AUTOMATIC, Provider};
use crate::sign::identity::IdentityFiles;

impl Choices {
    /// The file's text, for a file in `folder`.
    pub(super) fn to_toml(&self, folder: &Path) -> String {
        let mut file = NewFile::default();
        self.add_list(&mut file);
        self.add_provider(&mut file, folder);
        self.add_output(&mut file, folder);
        self.add_signing(&mut file, folder);
        file.to_toml()
    }

    fn add_list(&self, file: &mut NewFile) {
        let ListOptions { map, columns, sheet, delimiter, encoding, comment } = &self.read;
        match delimiter {
            Some(b'\t') => file.text("list", "delimiter", "tab"),
            Some(delimiter) => file.text("list", "delimiter", &char::from(*delimiter).to_string()),
            None => {}
        }
        if let Some(encoding) = encoding {
            file.text("list", "encoding", &encoding.to_string());
        }
        if let Some(comment) = comment {
            file.text("list", "comment", &char::from(*comment).to_string());
        }
        if let Some(columns) = columns {
            file.list("list", "columns", &columns.names());
        }
        if let Some(sheet) = sheet {
            file.text("list", "sheet", sheet);
        }
        for map in map {
            file.pair("columns", &map.target.to_string(), &map.place.to_string());
        }
        for (field, header) in &self.look.found {
            file.detected("columns", field, header);
        }
    }

    fn add_provider(&self, file: &mut NewFile, folder: &Path) {
        let provider = match &self.provider {
            ProviderChoice::Own(own) => rebased(&own.path, folder),
            ProviderChoice::Named(named) if is_built_in(named) => named.clone(),
            ProviderChoice::Named(file) => rebased(Path::new(file), folder),
        };
        file.text("provider", "id", &provider);
        file.text("provider", "protocol", self.protocol.id());
        let ProviderOptions { set, allow_other_domains, allow_cleartext, .. } = &self.options;
        for change in set {
            file.pair("provider.set", &change.key().to_string(), &change.value());
        }
        for (key, switch) in
            [("allow_other_domains", allow_other_domains), ("allow_cleartext", allow_cleartext)]
        {
            if let Some(on) = switch {
                file.value("provider", key, on);
            }
        }
    }

    fn add_output(&self, file: &mut NewFile, folder: &Path) {
        let OutputOptions {
            strict,
            only,
            organization,
            contact,
            language,
            identifier,
            hosting,
            jobs,
            ..
        } = &self.output;
        if let Some(on) = strict {
            file.value("output", "strict", on);
        }
        file.text("output", "folder", &rebased(&self.out, folder));
        if !only.is_empty() {
            file.list("output", "only", only);
        }
        if let Some(organization) = organization {
            file.text("output", "organization", organization);
        }
        if let Some(contact) = contact {
            file.text("output", "contact", contact.as_str());
        }
        if let Some(language) = language {
            file.text("output", "language", language.tag());
        }
        if let Some(identifier) = identifier {
            file.text("output", "identifier", identifier.as_str());
        }
        if !hosting.is_empty() {
            let domains: Vec<String> = hosting.iter().map(ToString::to_string).collect();
            file.list("output", "hosting", &domains);
        }
        if let Some(jobs) = jobs {
            file.value("output", "jobs", jobs);
        }
    }

    fn add_signing(&self, file: &mut NewFile, folder: &Path) {
        match &self.signer {
            Some(IdentityFiles::Pkcs12 { file: path, name }) => {
                file.text("signing", "pkcs12", &rebased(path, folder));
                if let Some(name) = name {
                    file.text("signing", "pkcs12_name", name);
                }
            }
            Some(IdentityFiles::Pem { certificate, key, chain }) => {
                file.text("signing", "certificate", &rebased(certificate, folder));
                for (name, path) in [("key", key), ("chain", chain)] {
                    if let Some(path) = path {
                        file.text("signing", name, &rebased(path, folder));
                    }
                }
            }
            None => {}
        }
        if self.signer.is_some() {
            file.value("signing", "require_identity", true);
        }
    }
}

/// Whether `named` is not a provider file.
fn is_built_in(named: &str) -> bool {
    named == AUTOMATIC || Provider::is_built_in(named)
}

/// `path`, relative to the current folder, as a config file in `folder` names it.
fn rebased(path: &Path, folder: &Path) -> String {
    let is_here = folder.as_os_str().is_empty() || folder == Path::new(".");
    let rebased = match path.strip_prefix(folder) {
        _ if is_here || path.is_absolute() => path.to_owned(),
        Ok(below) => below.to_owned(),
        Err(_) => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
    };
    rebased.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_relative_to_the_folder_of_the_file() {
        assert_eq!(rebased(Path::new("a/b.pem"), Path::new("a")), "b.pem");
        assert_eq!(rebased(Path::new("a/b.pem"), Path::new("")), "a/b.pem");
        assert_eq!(rebased(Path::new("a/b.pem"), Path::new(".")), "a/b.pem");
        assert!(Path::new(&rebased(Path::new("b.pem"), Path::new("a"))).is_absolute());
    }
}
