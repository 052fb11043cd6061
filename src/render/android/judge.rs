//! What Android apps make of the settings that they fetch from a mail domain, where that is not what the settings
//! say. A run can warn of it before people type passwords.

use crate::domain::account::MailAccount;
use crate::domain::email::EmailAddress;
use crate::domain::server::{Endpoint, IncomingProtocol, Security, ServerLogin};

/// The ports on which `FairEmail` uses STARTTLS, and no other (`EmailProvider.java`).
const STARTTLS_PORTS: [u16; 2] = [143, 587];

/// Something that an app gets wrong for an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppWarning {
    /// For programs, stable: one for each kind.
    pub code: &'static str,
    /// As its maker writes it.
    pub app: &'static str,
    /// A sentence, without a full stop, that begins with the app.
    pub text: String,
    /// What to do.
    pub hint: String,
}

/// Everything that an app which fetches settings gets wrong for `account`, each kind once for each server.
pub fn warnings(account: &MailAccount) -> Vec<AppWarning> {
    let mut found = Vec::new();
    if account.protocol == IncomingProtocol::Pop {
        found.push(pop());
    }
    for (side, ServerLogin { endpoint, .. }) in sides(account) {
        if endpoint.security == Security::None {
            found.push(cleartext(side, endpoint));
        }
    }
    found.extend(person_warnings(account));
    found
}

/// What an app gets wrong for the person who types the address into it, whatever file they have.
pub fn person_warnings(account: &MailAccount) -> Vec<AppWarning> {
    let MailAccount { address, incoming, outgoing, .. } = account;
    let mut found = Vec::new();
    if [incoming, outgoing].iter().any(|server| server.username.as_str() != address.as_str()) {
        found.push(login(account));
    }
    for (side, ServerLogin { endpoint, .. }) in sides(account) {
        let is_starttls_port = STARTTLS_PORTS.contains(&endpoint.port.get());
        // as its port says, not as the server is
        let taken = if is_starttls_port { Security::StartTls } else { Security::Tls };
        if taken != endpoint.security {
            found.push(port(side, endpoint, taken));
        }
    }
    found.extend(spelling(&account.address));
    found
}

fn sides(account: &MailAccount) -> [(&'static str, &ServerLogin); 2] {
    [("incoming", &account.incoming), ("outgoing", &account.outgoing)]
}

/// The address as people write it is no address to `EmailAddressValidator`.
fn spelling(address: &EmailAddress) -> Option<AppWarning> {
    let (ascii, written) = (address.domain().as_str(), address.domain().to_unicode());
    (written != ascii).then(|| AppWarning {
        code: "app-address",
        app: "Thunderbird for Android",
        text: format!(
            "Thunderbird for Android takes {address}, and not {}@{written}",
            address.local_part()
        ),
        hint: "type the form that it takes".to_owned(),
    })
}

/// `LoginName` is read by neither of them (`EmailProvider.java`, `auto_outlook.rs`).
fn login(MailAccount { address, incoming, outgoing, .. }: &MailAccount) -> AppWarning {
    let other =
        [incoming, outgoing].into_iter().find(|it| it.username.as_str() != address.as_str());
    let user = other.map_or("", |server| server.username.as_str());
    AppWarning {
        code: "app-login",
        app: "FairEmail and Delta Chat",
        text: format!(
            "FairEmail and Delta Chat read no user name in autodiscover.xml: they sign in as {address}, not {user}"
        ),
        hint: "type the user name of START-HERE.html in these apps, or use Thunderbird".to_owned(),
    }
}

/// It reads neither `SSL` nor `Encryption`.
fn port(side: &str, endpoint: &Endpoint, taken: Security) -> AppWarning {
    let Endpoint { host, port, security } = endpoint;
    AppWarning {
        code: "app-port",
        app: "FairEmail",
        text: format!(
            "FairEmail takes {taken} for the {side} server {host}, because its port is {port}; the server uses {}",
            written(*security)
        ),
        hint: "choose the right one in FairEmail, in the settings of the account".to_owned(),
    }
}

fn written(security: Security) -> String {
    match security {
        Security::None => "no encryption".to_owned(),
        Security::StartTls | Security::Tls => security.to_string(),
    }
}

/// Its parser refuses `plain`, and with it the whole file (`RealAutoconfigParser.kt`).
fn cleartext(side: &str, endpoint: &Endpoint) -> AppWarning {
    AppWarning {
        code: "app-cleartext",
        app: "Thunderbird for Android",
        text: format!(
            "Thunderbird for Android takes no config-v1.1.xml with the {side} server {}: it is not encrypted",
            endpoint.host
        ),
        hint: "ask the provider for a server with TLS".to_owned(),
    }
}

/// A file without IMAP server is an error of its parser.
fn pop() -> AppWarning {
    AppWarning {
        code: "app-pop",
        app: "Thunderbird for Android",
        text: "Thunderbird for Android takes no config-v1.1.xml with a POP3 server".to_owned(),
        hint: "use IMAP if the provider has it: --protocol imap".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::name::LoginName;
    use crate::render::sample::samples;

    /// An account with the user name `login`, and these servers.
    fn codes(
        login: &str,
        incoming: (u16, Security),
        outgoing: (u16, Security),
    ) -> Vec<&'static str> {
        codes_for(IncomingProtocol::Imap, login, incoming, outgoing)
    }

    fn codes_for(
        protocol: IncomingProtocol,
        login: &str,
        incoming: (u16, Security),
        outgoing: (u16, Security),
    ) -> Vec<&'static str> {
        let mut account = samples().remove(0).1.first;
        account.protocol = protocol;
        for (server, (port, security)) in
            [(&mut account.incoming, incoming), (&mut account.outgoing, outgoing)]
        {
            server.username = LoginName::try_from(login).unwrap();
            server.endpoint.port = port.try_into().unwrap();
            server.endpoint.security = security;
        }
        warnings(&account).iter().map(|warning| warning.code).collect()
    }

    const ADDRESS: &str = "zoe@example.com";
    const IMAPS: (u16, Security) = (993, Security::Tls);
    const SUBMISSION: (u16, Security) = (587, Security::StartTls);

    #[test]
    fn usual_servers_and_the_address_as_user_name_are_right_in_every_app() {
        assert!(codes(ADDRESS, IMAPS, SUBMISSION).is_empty());
        assert!(codes(ADDRESS, (143, Security::StartTls), (465, Security::Tls)).is_empty());
    }

    #[test]
    fn a_user_name_that_is_not_the_address_is_not_read() {
        assert_eq!(codes("zoe", IMAPS, SUBMISSION), ["app-login"]);
        assert_eq!(codes("Zoe@example.com", IMAPS, SUBMISSION), ["app-login"]);
    }

    #[test]
    fn fairemail_goes_by_the_port() {
        assert_eq!(codes(ADDRESS, (993, Security::StartTls), SUBMISSION), ["app-port"]);
        let both = codes(ADDRESS, (143, Security::Tls), (587, Security::Tls));
        assert_eq!(both, ["app-port", "app-port"]);
        assert_eq!(codes(ADDRESS, IMAPS, (2525, Security::StartTls)), ["app-port"]);
    }

    #[test]
    fn thunderbird_for_android_takes_the_ascii_form_of_an_address() {
        let mut account = samples().remove(0).1.first;
        account.address = EmailAddress::try_from("info@münchen.example").unwrap();
        for server in [&mut account.incoming, &mut account.outgoing] {
            server.username = LoginName::try_from(account.address.as_str()).unwrap();
        }
        let [warning] = &person_warnings(&account)[..] else { panic!("one warning") };
        assert_eq!(
            warning.text,
            "Thunderbird for Android takes info@xn--mnchen-3ya.example, and not info@münchen.example"
        );
    }

    #[test]
    fn thunderbird_for_android_refuses_cleartext_and_pop() {
        let none = codes(ADDRESS, (143, Security::None), SUBMISSION);
        assert_eq!(none, ["app-cleartext", "app-port"]);
        let pop = codes_for(IncomingProtocol::Pop, ADDRESS, (995, Security::Tls), SUBMISSION);
        assert_eq!(pop, ["app-pop"]);
    }

    #[test]
    fn a_warning_names_its_app_first() {
        let mut account = samples().remove(0).1.first;
        account.protocol = IncomingProtocol::Pop;
        account.incoming.username = LoginName::try_from("zoe").unwrap();
        account.incoming.endpoint.security = Security::None;
        account.outgoing.endpoint.port = 2525.try_into().unwrap();
        account.outgoing.endpoint.security = Security::StartTls;
        let found = warnings(&account);
        assert_eq!(found.len(), 5);
        for warning in found {
            assert!(warning.text.starts_with(warning.app), "{}", warning.text);
        }
    }
}
