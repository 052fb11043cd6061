//! Mail servers and a name server on loopback, for one test. Their threads end with the test.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(unreachable_pub, reason = "it is compiled into each test binary")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::thread;

use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::{BasicConstraints, ExtendedKeyUsage, SubjectAlternativeName};
use openssl::x509::{X509, X509Name};

/// An authority that issues certificates for servers.
pub struct Authority {
    certificate: X509,
    key: PKey<Private>,
}

impl Authority {
    pub fn new() -> Self {
        let key = key();
        let certificate = issued("loopback test CA", &key, None, &[], 3650);
        Self { certificate, key }
    }

    pub fn pem(&self) -> Vec<u8> {
        self.certificate.to_pem().unwrap()
    }

    /// A certificate for `hosts` and its key, in PEM.
    pub fn pems(&self, hosts: &[&str], days: u32) -> (Vec<u8>, Vec<u8>) {
        let key = key();
        let certificate = issued(hosts[0], &key, Some((&self.certificate, &self.key)), hosts, days);
        (certificate.to_pem().unwrap(), key.private_key_to_pem_pkcs8().unwrap())
    }

    /// What a server with a certificate for `hosts` accepts connections with.
    pub fn acceptor(&self, hosts: &[&str], days: u32) -> Arc<SslAcceptor> {
        let key = key();
        let issuer = Some((&self.certificate, &self.key));
        let certificate = issued(hosts[0], &key, issuer, hosts, days);
        let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).unwrap();
        acceptor.set_private_key(&key).unwrap();
        acceptor.set_certificate(&certificate).unwrap();
        Arc::new(acceptor.build())
    }
}

fn key() -> PKey<Private> {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
}

fn issued(
    name: &str,
    key: &PKey<Private>,
    issuer: Option<(&X509, &PKey<Private>)>,
    hosts: &[&str],
    days: u32,
) -> X509 {
    let mut subject = X509Name::builder().unwrap();
    subject.append_entry_by_text("CN", name).unwrap();
    let subject = subject.build();
    let mut builder = X509::builder().unwrap();
    builder.set_version(2).unwrap();
    let serial = BigNum::from_u32(days + 7).unwrap().to_asn1_integer().unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_subject_name(&subject).unwrap();
    let issuer_name = issuer.map_or(&*subject, |(certificate, _)| certificate.subject_name());
    builder.set_issuer_name(issuer_name).unwrap();
    builder.set_pubkey(key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(1_577_836_800).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::days_from_now(days).unwrap()).unwrap();
    if issuer.is_none() {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    } else {
        let mut names = SubjectAlternativeName::new();
        for host in hosts {
            names.dns(host);
        }
        let names = names.build(&builder.x509v3_context(None, None)).unwrap();
        builder.append_extension(names).unwrap();
        builder.append_extension(ExtendedKeyUsage::new().server_auth().build().unwrap()).unwrap();
    }
    let signer = issuer.map_or(key, |(_, key)| key);
    builder.sign(signer, MessageDigest::sha256()).unwrap();
    builder.build()
}

/// Starts a server that answers connections with `talk`, and returns its port.
fn serve(talk: impl Fn(std::net::TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let talk = Arc::new(talk);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let talk = Arc::clone(&talk);
            thread::spawn(move || talk(stream));
        }
    });
    port
}

/// IMAP with TLS from the first byte.
pub fn imap(acceptor: &Arc<SslAcceptor>, capabilities: &'static str) -> u16 {
    let acceptor = Arc::clone(acceptor);
    serve(move |stream| {
        let Ok(mut stream) = acceptor.accept(stream) else { return };
        let _ = stream.write_all(b"* OK ready\r\n");
        answer(stream, |line| match line {
            "a CAPABILITY" => format!("* CAPABILITY {capabilities}\r\na OK done\r\n"),
            _ => "a BAD what\r\n".to_owned(),
        });
    })
}

/// SMTP with STARTTLS; `before` and `after` are what EHLO lists.
pub fn smtp(acceptor: &Arc<SslAcceptor>, before: &'static str, after: &'static str) -> u16 {
    let acceptor = Arc::clone(acceptor);
    serve(move |mut stream| {
        let _ = stream.write_all(b"220 ready\r\n");
        let plain = stream.try_clone().unwrap();
        let is_secure = answer(plain, |line| match line {
            "STARTTLS" => "220 go\r\n".to_owned(),
            _ if line.starts_with("EHLO") => format!("250-host\r\n250 {before}\r\n"),
            _ => "500 what\r\n".to_owned(),
        });
        if is_secure && let Ok(stream) = acceptor.accept(stream) {
            answer(stream, |line| match line {
                _ if line.starts_with("EHLO") => format!("250-host\r\n250 {after}\r\n"),
                _ => "500 what\r\n".to_owned(),
            });
        }
    })
}

/// IMAP without TLS, and what it has heard.
pub fn plain_imap() -> (u16, Arc<std::sync::Mutex<Vec<String>>>) {
    let heard: Arc<std::sync::Mutex<Vec<String>>> = Arc::default();
    let all = Arc::clone(&heard);
    let port = serve(move |mut stream| {
        let _ = stream.write_all(b"* OK ready\r\n");
        answer(stream, |line| {
            all.lock().unwrap().push(line.to_owned());
            match line {
                "a CAPABILITY" => "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\na OK done\r\n".to_owned(),
                _ => "a OK fine\r\n".to_owned(),
            }
        });
    });
    (port, heard)
}

/// An answer that never comes.
pub const SILENT: &str = "";

/// What the sign-in server has heard, and what it answers.
pub struct SignIn {
    /// Answers to the password; the last one is repeated.
    pub answers: Vec<&'static str>,
    pub heard: Arc<std::sync::Mutex<Vec<String>>>,
}

/// A server with TLS from the first byte that lets people sign in by SASL PLAIN: IMAP, or SMTP if it greets so.
pub fn sign_in_server(acceptor: &Arc<SslAcceptor>, greeting: &'static str, sign_in: SignIn) -> u16 {
    let SignIn { answers, heard } = sign_in;
    let recipient = *answers.last().unwrap();
    let password = move |_: &str| answers[0].to_owned();
    password_server(acceptor, greeting, password, recipient, heard)
}

/// The same, which takes some messages of SASL PLAIN and refuses all others. The server for sending hears the lines of
/// messages, and the one for receiving finds those that are in `inbox`.
pub fn accounts_server(
    acceptor: &Arc<SslAcceptor>,
    greeting: &'static str,
    right: Vec<String>,
    heard: Arc<std::sync::Mutex<Vec<String>>>,
    inbox: Arc<std::sync::Mutex<Vec<String>>>,
) -> u16 {
    let is_imap = greeting.starts_with('*');
    let password = move |line: &str| {
        let is_right = right.iter().any(|it| it == line);
        let answer = match (is_imap, is_right) {
            (true, true) => "a OK in",
            (true, false) => "a NO [AUTHENTICATIONFAILED] wrong",
            (false, true) => "235 2.7.0 in",
            (false, false) => "535 5.7.8 wrong",
        };
        answer.to_owned()
    };
    let inbox_of = move |line: &str| {
        let id = line.split('"').nth(1).unwrap_or_default();
        let has = |it: &String| it.starts_with("Message-ID:") && it.contains(id);
        inbox.lock().unwrap().iter().any(has)
    };
    let reply = move |line: &str| {
        if !line.starts_with("b ") {
            return password(line);
        }
        let found = line.contains("SEARCH") && inbox_of(line);
        format!("{}b OK done", if found { "* SEARCH 7\r\n" } else { "" })
    };
    password_server(acceptor, greeting, reply, "250 ok", heard)
}

fn password_server(
    acceptor: &Arc<SslAcceptor>,
    greeting: &'static str,
    password: impl Fn(&str) -> String + Send + Sync + 'static,
    recipient: &'static str,
    heard: Arc<std::sync::Mutex<Vec<String>>>,
) -> u16 {
    let acceptor = Arc::clone(acceptor);
    serve(move |stream| {
        let Ok(mut stream) = acceptor.accept(stream) else { return };
        let _ = stream.write_all(format!("{greeting}\r\n").as_bytes());
        let is_message = std::cell::Cell::new(false);
        answer(stream, |line| {
            heard.lock().unwrap().push(line.to_owned());
            if is_message.get() && line != "." {
                return String::new();
            }
            is_message.set(line == "DATA");
            match line {
                "DATA" => "354 go\r\n".to_owned(),
                "." => "250 queued\r\n".to_owned(),
                "a CAPABILITY" => "* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\na OK done\r\n".to_owned(),
                "a AUTHENTICATE PLAIN" => "+ \r\n".to_owned(),
                "AUTH PLAIN" => "334 \r\n".to_owned(),
                _ if line.starts_with("EHLO") => "250-host\r\n250 AUTH PLAIN\r\n".to_owned(),
                _ if line.starts_with("MAIL") || line == "RSET" => "250 ok\r\n".to_owned(),
                _ if line.starts_with("RCPT") => format!("{recipient}\r\n"),
                "a LOGOUT" | "QUIT" => String::new(),
                _ => match password(line) {
                    silent if silent == SILENT => String::new(),
                    answer => format!("{answer}\r\n"),
                },
            }
        });
    })
}

/// Answers lines until the other side ends, or asks for TLS: then true.
fn answer(stream: impl Read + Write, reply: impl Fn(&str) -> String) -> bool {
    let mut stream = BufReader::with_capacity(1, stream);
    let mut line = String::new();
    while stream.read_line(&mut line).is_ok_and(|count| count > 0) {
        let reply = reply(line.trim_end());
        if stream.get_mut().write_all(reply.as_bytes()).is_err() {
            return false;
        }
        if line.trim_end() == "STARTTLS" {
            return true;
        }
        line.clear();
    }
    false
}

/// A name server that knows `hosts`, all at 127.0.0.1, and answers for any other that it does not exist.
pub fn name_server(hosts: &[&str]) -> SocketAddr {
    let hosts: Vec<_> = hosts.iter().map(|host| (*host, Ipv4Addr::LOCALHOST)).collect();
    name_server_of(&hosts)
}

/// The same, with hosts at other addresses.
pub fn name_server_of(hosts: &[(&str, Ipv4Addr)]) -> SocketAddr {
    let hosts: Vec<(String, Ipv4Addr)> =
        hosts.iter().map(|(host, address)| ((*host).to_owned(), *address)).collect();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut query = [0; 1500];
        while let Ok((length, client)) = socket.recv_from(&mut query) {
            if let Some(answer) = dns_answer(&query[..length], &hosts) {
                let _ = socket.send_to(&answer, client);
            }
        }
    });
    address
}

/// An answer to one question (RFC 1035 §4).
fn dns_answer(query: &[u8], hosts: &[(String, Ipv4Addr)]) -> Option<Vec<u8>> {
    let mut at = 12;
    let mut labels = Vec::new();
    while *query.get(at)? != 0 {
        let length = usize::from(query[at]);
        let label = query.get(at + 1..at + 1 + length)?;
        labels.push(String::from_utf8_lossy(label).to_lowercase());
        at += 1 + length;
    }
    let question = query.get(12..at + 5)?;
    let is_a = question[question.len() - 4..] == [0, 1, 0, 1];
    let name = labels.join(".");
    let found = hosts.iter().find(|(host, _)| *host == name).map(|(_, address)| address);
    let code = if found.is_some() { 0 } else { 3 };
    let address = found.filter(|_| is_a);
    let mut answer = query[..2].to_vec();
    answer.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(address.is_some()), 0, 0, 0, 0]);
    answer.extend(question);
    if let Some(address) = address {
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        answer.extend(address.octets());
    }
    Some(answer)
}
