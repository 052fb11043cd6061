//! Time-stamp authorities: `openssl ts` answers, and a server on loopback brings the answer, or something else.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::super::support::Folder;
use super::super::tool::Tool;

/// What a server does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Good,
    /// Good answers for so many requests, then HTTP status 500.
    GoodFor(usize),
    /// Answers after the client has gone.
    Late,
    /// One byte in a while, for ever.
    Slow,
    /// Ends the connection in the middle of the answer.
    CutOff,
    /// Ends the connection instead of answering.
    Silent,
    /// A page.
    Page,
    /// An answer of random bytes.
    Nonsense,
    /// Something that is not HTTP.
    NotHttp,
    Status(u16),
    Redirect,
    /// More than any answer has, with the length before it.
    Huge,
    /// More than any answer has, without the length.
    Endless,
    /// The answer to a request with another digest.
    OtherDigest,
    /// The answer to a request with another nonce.
    OtherNonce,
    /// The answer to a request without a nonce.
    NoNonce,
    /// A good answer in which a byte was changed.
    Flipped,
    /// The authority refuses the request.
    Refusal,
}

/// The files of an authority, made by the `openssl` command: `NAME-ca.pem`, `NAME.pem`, `NAME.key`, `NAME.cnf`.
pub(super) struct Authority {
    folder: PathBuf,
    name: String,
}

impl Authority {
    /// A root and, under it, a certificate as RFC 3161 demands.
    pub(super) fn new(openssl: &Tool, folder: &Folder, name: &str) -> Self {
        let extensions =
            "keyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping";
        let path = |end: &str| format!("{name}{end}");
        let root = path("-ca.pem");
        let config = format!(
            "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN={name} authority\n[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n[leaf]\n{extensions}\n[tsa]\ndefault_tsa=it\n[it]\nserial={name}.serial\ndefault_policy=1.2.3.4.1\nother_policies=1.2.3.4.2\ndigests=sha256\nsigner_digest=sha256\nordering=no\ntsa_name=no\ness_cert_id_chain=no\ness_cert_id_alg=sha256\n"
        );
        folder.file(&path(".cnf"), config);
        let (cnf, key, root_key) = (path(".cnf"), path(".key"), path("-ca.key"));
        let (request, leaf) = (path(".csr"), path(".pem"));
        openssl.accepts(&[
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            &root_key,
            "-out",
            &root,
            "-days",
            "9000",
            "-config",
            &cnf,
            "-extensions",
            "ca",
            "-subj",
            &format!("/CN={name} root"),
        ]);
        openssl.accepts(&[
            "req", "-newkey", "rsa:2048", "-nodes", "-keyout", &key, "-out", &request, "-config",
            &cnf,
        ]);
        openssl.accepts(&[
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &root,
            "-CAkey",
            &root_key,
            "-CAcreateserial",
            "-days",
            "8000",
            "-extfile",
            &cnf,
            "-extensions",
            "leaf",
            "-out",
            &leaf,
        ]);
        Self { folder: folder.path().to_owned(), name: name.to_owned() }
    }

    /// The answer (DER) to `query`.
    fn answer(&self, query: &[u8], number: usize) -> Vec<u8> {
        let file = |end: &str| format!("{}-{number}.{end}", self.name);
        std::fs::write(self.folder.join(file("tsq")), query).unwrap();
        let part = |end: &str| format!("{}{end}", self.name);
        let output = Command::new("openssl")
            .args(["ts", "-reply", "-queryfile", &file("tsq"), "-out", &file("tsr")])
            .args(["-config", &part(".cnf"), "-section", "it"])
            .args(["-signer", &part(".pem"), "-inkey", &part(".key")])
            .current_dir(&self.folder)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::read(self.folder.join(file("tsr"))).unwrap()
    }
}

/// The head and the body of each request.
type Requests = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A server on a free port of this machine, until this value is dropped.
pub(super) struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    requests: Requests,
}

impl Server {
    /// Starts one that treats requests in this `way`, with the answers of `authority`.
    pub(super) fn start(authority: Authority, way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (is_stopped, seen) = (Arc::clone(&stop), Arc::clone(&requests));
        let authority = Arc::new(authority);
        let number = Arc::new(AtomicUsize::new(0));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if is_stopped.load(Ordering::Relaxed) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (authority, seen) = (Arc::clone(&authority), Arc::clone(&seen));
                let (number, is_stopped) = (Arc::clone(&number), Arc::clone(&is_stopped));
                thread::spawn(move || serve(stream, &authority, way, &number, &seen, &is_stopped));
            }
        });
        Self { address, stop, requests }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/tsa", self.address)
    }

    pub(super) fn requests(&self) -> Vec<(String, Vec<u8>)> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // lets the thread look
        let _ = TcpStream::connect(self.address);
    }
}

/// An address at which nothing listens.
pub(super) fn dead_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/tsa", listener.local_addr().unwrap())
}

/// Answers the requests of one connection, as long as the client keeps it.
fn serve(
    stream: TcpStream,
    authority: &Authority,
    way: Way,
    number: &AtomicUsize,
    seen: &Mutex<Vec<(String, Vec<u8>)>>,
    stop: &AtomicBool,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some((head, body)) = request(&mut reader) {
        seen.lock().unwrap().push((head, body.clone()));
        let number = number.fetch_add(1, Ordering::Relaxed);
        if !respond(&mut writer, authority, way, (&body, number), stop) {
            return;
        }
    }
}

/// The next request, if there is one.
fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        let lower = line.to_lowercase();
        if let Some(value) = lower.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// Whether the connection goes on.
fn respond(
    writer: &mut TcpStream,
    authority: &Authority,
    way: Way,
    (query, number): (&[u8], usize),
    stop: &AtomicBool,
) -> bool {
    let http = |status: &str, kind: &str, body: &[u8]| {
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    };
    let reply = |body: &[u8]| http("200 OK", "application/timestamp-reply", body);
    // the version, the imprint with its 32 bytes, the nonce of 16 bytes, and whether certificates are wanted
    let digest = query.windows(2).position(|pair| pair == [4, 32]).unwrap() + 2;
    let nonce = digest + 32;
    let changed = |at: usize| {
        let mut query = query.to_vec();
        query[at] ^= 1;
        reply(&authority.answer(&query, number))
    };
    let error = http("500 Internal Server Error", "text/plain", b"no");
    let bytes = match way {
        Way::GoodFor(most) if number >= most => error,
        Way::Good | Way::GoodFor(_) => reply(&authority.answer(query, number)),
        Way::Late | Way::Slow => {
            let head = http("200 OK", "application/timestamp-reply", &[0; 10_000]);
            let mut bytes = head[..head.len() - 10_000].iter();
            for _ in 0..600 {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                thread::sleep(Duration::from_millis(50));
                let byte = bytes.next().copied().unwrap_or(0x30);
                if way == Way::Slow && writer.write_all(&[byte]).is_err() {
                    break;
                }
            }
            return false;
        }
        Way::CutOff => {
            let whole = reply(&authority.answer(query, number));
            let _ = writer.write_all(&whole[..whole.len() - 100]);
            return false;
        }
        Way::Silent => return false,
        Way::Page => http("200 OK", "text/html", b"<html>Sign in first</html>"),
        Way::Nonsense => reply(&[0x30, 0x82, 0x01, 0x00, 0x55, 0xaa]),
        Way::NotHttp => b"220 mail.example.com ESMTP\r\n".to_vec(),
        Way::Status(status) => http(&format!("{status} No"), "text/plain", b"no"),
        Way::Redirect => {
            b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n"
                .to_vec()
        }
        Way::Huge => reply(&vec![0x30; 1 << 20]),
        Way::Endless => {
            let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n\r\n";
            let _ = writer.write_all(head);
            while !stop.load(Ordering::Relaxed) && writer.write_all(&[0x30; 4096]).is_ok() {}
            return false;
        }
        Way::OtherDigest => changed(digest),
        Way::OtherNonce => changed(nonce + 17),
        Way::NoNonce => {
            let mut query = [&query[..nonce], &query[nonce + 18..]].concat();
            query[1] -= 18;
            reply(&authority.answer(&query, number))
        }
        Way::Flipped => {
            let mut answer = authority.answer(query, number);
            let last = answer.len() - 20;
            answer[last] ^= 1;
            reply(&answer)
        }
        Way::Refusal => {
            // of a digest that the authority does not take
            let mut query = query.to_vec();
            query[digest - 5] = 9;
            reply(&authority.answer(&query, number))
        }
    };
    writer.write_all(&bytes).is_ok() && way != Way::NotHttp
}

/// The scripts of a run in `out`, as files in the folder.
pub(super) fn scripts(folder: &Folder, people: &[&str]) -> Vec<String> {
    people
        .iter()
        .map(|person| {
            let bundle = format!("out/bundles/{person}.zip");
            let name = format!("{person}.ps1");
            folder.file(&name, folder.in_bundle(&bundle, "windows/Set-MailAccount.ps1"));
            name
        })
        .collect()
}
