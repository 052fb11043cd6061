//! A fresh folder, the program run in it, and what came out.
#![allow(dead_code, reason = "each test binary uses a part of it")]
#![allow(clippy::disallowed_methods, reason = "tests make their own files")]
#![allow(unreachable_pub, reason = "it is compiled into each test binary")]

pub mod mail;

use std::ffi::OsStr;
use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use mailmuster::sign::issue::{IssueRequest, issue};
use mailmuster::sign::verify::Envelope;
use tempfile::TempDir;
use time::OffsetDateTime;
use time::macros::datetime;

/// The test identity as a signer, for a folder that has it.
pub const SIGN: [&str; 6] =
    ["--sign-cert", "id/cert.pem", "--sign-key", "id/key.pem", "--sign-chain", "id/ca.pem"];

/// The moment of every run that must be repeatable.
pub const AT: &str = "2026-11-23T09:00:00Z";

/// A list of one person.
pub const ADA: &str = "email,name\nada@centurylink.net,Ada Lovelace\n";

/// What every run with the default servers of `CenturyLink` prints, even with `--quiet`.
pub const DISPUTED: &str = "\
warning: imap.centurylink.net is disputed: CenturyLink's own help page and users' reports name mail.centurylink.net (2026-11-22)
  hint: try one mailbox first; if sign-in fails, use --set imap.host=mail.centurylink.net
";

/// A file without its signature, which is not verified.
pub fn without_signature(bytes: &[u8]) -> Vec<u8> {
    Envelope::of(bytes).content.expect("the content is found").to_vec()
}

/// A folder of its own for one test; gone at its end.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file that nobody else can read, as a key should be.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, content).expect("a file");
        self.mode(name, 0o600)
    }

    /// Sets the permissions of a file, where there are any.
    pub fn mode(&self, name: &str, mode: u32) -> &Self {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(self.path().join(name), permissions).expect("permissions");
        }
        #[cfg(not(unix))]
        let _ = (name, mode);
        self
    }

    /// Reads a file.
    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("UTF-8")
    }

    pub fn exists(&self, name: &str) -> bool {
        self.path().join(name).exists()
    }

    /// Every file below, with forward slashes, sorted.
    pub fn files(&self, below: &str) -> Vec<String> {
        fn walk(folder: &Path, root: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    walk(&path, root, found);
                } else {
                    let inner = path.strip_prefix(root).expect("below");
                    found.push(inner.to_string_lossy().replace('\\', "/"));
                }
            }
        }
        let mut found = Vec::new();
        walk(&self.path().join(below), &self.path().join(below), &mut found);
        found.sort();
        found
    }

    /// A file of a bundle.
    pub fn in_bundle(&self, bundle: &str, name: &str) -> Vec<u8> {
        let mut archive = zip::ZipArchive::new(Cursor::new(self.read(bundle))).expect("a zip");
        let mut content = Vec::new();
        archive.by_name(name).expect(name).read_to_end(&mut content).expect("a whole entry");
        content
    }

    /// The sheet of a bundle, without the places where its values may wrap.
    pub fn sheet(&self, bundle: &str) -> String {
        let sheet = String::from_utf8(self.in_bundle(bundle, "START-HERE.html")).expect("UTF-8");
        sheet.replace("<wbr />", "")
    }

    /// Puts the test identity here, as `id/cert.pem`, `id/key.pem` and `id/ca.pem`.
    pub fn identity(&self) -> &Self {
        static IDENTITY: OnceLock<[(&str, Vec<u8>); 3]> = OnceLock::new();
        let files = IDENTITY
            .get_or_init(|| new_identity("Test Signer", datetime!(2026-01-01 00:00 UTC), 3600));
        for (name, bytes) in files {
            self.file(&format!("id/{name}"), bytes);
        }
        self
    }

    /// The program, to be run here.
    pub fn run<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailmuster"));
        command
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path().join("home"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        if cfg!(windows) {
            command.env("APPDATA", self.path().join("home/.config"));
            for name in ["SystemRoot", "TEMP"] {
                command.env(name, std::env::var_os(name).unwrap_or_default());
            }
        }
        Run { command, stdin: Vec::new() }
    }

    /// The program with at most so many bytes of address space, to be run here. Linux only.
    pub fn run_within<S: AsRef<OsStr>>(
        &self,
        bytes: u64,
        args: impl IntoIterator<Item = S>,
    ) -> Run {
        let mut command = Command::new("sh");
        command
            .args(["-c", "ulimit -v \"$0\" && exec \"$@\""])
            .arg((bytes / 1024).to_string())
            .arg(env!("CARGO_BIN_EXE_mailmuster"))
            .args(args)
            .current_dir(self.path())
            .env_clear()
            // glibc reserves 128 MB of addresses for each thread that allocates: that is no memory
            .env("MALLOC_ARENA_MAX", "1")
            .env("HOME", self.path().join("home"))
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        Run { command, stdin: Vec::new() }
    }

    /// `generate LIST --out out` with the test identity at a fixed moment.
    pub fn generate(&self, list: &str, more: &[&str]) -> Run {
        self.identity();
        let fixed = ["generate", list, "--out", "out", "--at", AT];
        self.run(fixed.iter().chain(&SIGN).chain(more))
    }
}

/// PEM files of a new identity.
pub fn new_identity(name: &str, now: OffsetDateTime, days: u32) -> [(&'static str, Vec<u8>); 3] {
    let issued =
        issue(&IssueRequest { common_name: name.to_owned(), days, now }).expect("an identity");
    [
        ("cert.pem", issued.certificate_pem),
        ("key.pem", issued.key_pem.expose().to_vec()),
        ("ca.pem", issued.ca_pem),
    ]
}

/// A run being prepared.
pub struct Run {
    command: Command,
    stdin: Vec<u8>,
}

impl Run {
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn stdin(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.stdin = bytes.as_ref().to_vec();
        self
    }

    /// Runs to the end, which must have this exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Done {
        let (found, done) = self.ends();
        assert_eq!(found, Some(code), "stdout:\n{}\nstderr:\n{}", done.stdout, done.stderr);
        done
    }

    /// Runs to the end.
    pub fn ends(mut self) -> (Option<i32>, Done) {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = started(&mut self.command);
        // a program that does not read its input closes it
        let _ = child.stdin.take().expect("a pipe").write_all(&self.stdin);
        let output = child.wait_with_output().expect("the program ends");
        let done = Done {
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        };
        (output.status.code(), done)
    }
}

/// Wine refuses one of a few thousand starts with `ERROR_INTERNAL_ERROR` while many programs start.
fn started(command: &mut Command) -> Child {
    const INTERNAL: Option<i32> = Some(1359);
    for _ in 0..5 {
        match command.spawn() {
            Err(error) if cfg!(windows) && error.raw_os_error() == INTERNAL => {
                std::thread::sleep(std::time::Duration::from_millis(200));
            }
            started => return started.expect("the program starts"),
        }
    }
    command.spawn().expect("the program starts")
}

/// `text` with the separators of Windows as those of other systems, so that tests name a file once. JSON doubles
/// backslashes.
pub fn with_slashes(text: &str) -> String {
    if !cfg!(windows) {
        text.to_owned()
    } else if text.starts_with('{') {
        text.replace("\\\\", "/")
    } else {
        text.replace('\\', "/")
    }
}

/// What a run printed.
#[derive(Debug)]
pub struct Done {
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    /// Standard error is exactly this, but for the [disputed host](DISPUTED).
    #[track_caller]
    pub fn stderr_is(&self, expected: &str) -> &Self {
        let rest = |text: &str| format!("{text}\n").replace(DISPUTED, "").trim_end().to_owned();
        assert_eq!(rest(&with_slashes(&self.stderr)), rest(&with_slashes(expected)));
        self
    }

    /// Standard output is exactly this.
    #[track_caller]
    pub fn stdout_is(&self, expected: &str) -> &Self {
        assert_eq!(with_slashes(&self.stdout).trim_end(), with_slashes(expected).trim_end());
        self
    }

    #[track_caller]
    pub fn stderr_has(&self, part: &str) -> &Self {
        assert!(
            with_slashes(&self.stderr).contains(&with_slashes(part)),
            "`{part}` is not in:\n{}",
            self.stderr
        );
        self
    }

    #[track_caller]
    pub fn stdout_has(&self, part: &str) -> &Self {
        assert!(
            with_slashes(&self.stdout).contains(&with_slashes(part)),
            "`{part}` is not in:\n{}",
            self.stdout
        );
        self
    }

    #[track_caller]
    pub fn stdout_lacks(&self, part: &str) -> &Self {
        assert!(
            !with_slashes(&self.stdout).contains(&with_slashes(part)),
            "`{part}` is in:\n{}",
            self.stdout
        );
        self
    }

    #[track_caller]
    pub fn stderr_lacks(&self, part: &str) -> &Self {
        assert!(
            !with_slashes(&self.stderr).contains(&with_slashes(part)),
            "`{part}` is in:\n{}",
            self.stderr
        );
        self
    }
}

/// A file of the project itself.
pub fn project(path: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    // tests that Linux built and Wine runs know no drive
    std::path::absolute(path).expect("a path")
}
