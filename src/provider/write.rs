//! Writes provider files: the reverse of `spec`.

use std::fmt::Write as _;

use super::{Evidence, Note, Provider, Server};

/// The provider file of `provider`, after the comment lines `head`.
pub(super) fn toml(provider: &Provider, head: &[String]) -> String {
    let mut file = File(head.iter().map(|line| format!("# {line}\n")).collect());
    if !head.is_empty() {
        file.0.push('\n');
    }
    file.line("format", "1");
    file.text("id", provider.id.as_str());
    file.text("name", &provider.name);
    file.optional("documentation", provider.documentation.as_ref());
    file.optional("app_password_page", provider.app_password_page.as_ref());
    file.optional("refused", provider.refused.as_ref());
    for (key, value) in [("automatic", provider.automatic), ("verified", provider.verified)] {
        // a missing line means `true`
        if !value {
            file.line(key, "false");
        }
    }
    file.optional("verified_on", provider.verified_on.as_ref());
    file.domains(provider);
    for (protocol, server) in &provider.incoming {
        file.section("incoming");
        file.text("protocol", protocol.id());
        file.server(server);
    }
    for server in &provider.outgoing {
        file.section("outgoing");
        file.server(server);
    }
    for (domain, note) in &provider.domain_notes {
        file.section("domain_notes");
        file.text("domain", domain.as_str());
        file.note(note);
    }
    for note in &provider.notes {
        file.section("notes");
        file.note(note);
    }
    file.0
}

struct File(String);

impl File {
    fn line(&mut self, key: &str, value: &str) {
        // writing to a string cannot fail
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn text(&mut self, key: &str, text: &str) {
        self.line(key, &quoted(text));
    }

    fn optional(&mut self, key: &str, value: Option<&impl ToString>) {
        if let Some(value) = value {
            self.text(key, &value.to_string());
        }
    }

    fn section(&mut self, name: &str) {
        let _ = writeln!(self.0, "\n[[{name}]]");
    }

    fn domains(&mut self, provider: &Provider) {
        if !provider.domains.is_empty() {
            self.0.push_str("\ndomains = [\n");
            for domain in &provider.domains {
                let _ = writeln!(self.0, "  {},", quoted(domain.as_str()));
            }
            self.0.push_str("]\n");
        }
    }

    fn server(&mut self, server: &Server) {
        self.text("host", &server.host.to_string());
        self.line("port", &server.port.to_string());
        self.text("security", server.security.id());
        self.text("username", &server.username.to_string());
        let ways: Vec<String> = server.authentication.iter().map(|way| quoted(way.id())).collect();
        self.line("authentication", &format!("[{}]", ways.join(", ")));
        self.evidence(&server.evidence);
        self.optional("disputed", server.disputed.as_ref());
    }

    fn note(&mut self, note: &Note) {
        self.text("text", &note.text);
        self.evidence(&note.evidence);
    }

    fn evidence(&mut self, evidence: &Evidence) {
        self.optional("source", evidence.source.as_ref());
        self.optional("checked_on", evidence.checked_on.as_ref());
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::BUILT_IN;
    use super::*;

    #[test]
    fn every_built_in_provider_reads_back_the_same() {
        for (id, _) in BUILT_IN {
            let provider = Provider::load(id).unwrap();
            let text = toml(&provider, &[format!("a copy of {id}")]);
            assert_eq!(Provider::parse("copy.toml", &text).unwrap(), provider, "{text}");
        }
    }

    #[test]
    fn every_text_reads_back_the_same() {
        let mut provider = Provider::load("zoho").unwrap();
        provider.verified = false;
        provider.automatic = false;
        provider.name = "\"Ünï\" 'q' \\n # = [x]".to_owned();
        provider.outgoing[0].evidence = Evidence::default();
        provider.verified_on = None;
        provider.incoming[0].1.evidence.source = Some("'''\"\"\"\\u0041\n\t\u{1}\r".to_owned());
        let text = toml(&provider, &[]);
        assert_eq!(Provider::parse("copy.toml", &text).unwrap(), provider, "{text}");
    }
}
