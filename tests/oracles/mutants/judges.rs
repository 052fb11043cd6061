//! The programs that judge beside us.

use std::fmt::Write as _;

use openssl::hash::MessageDigest;
use openssl::x509::X509;

use super::super::support::Folder;
use super::super::tool::{Tool, runs, tool};

/// The other programs, as far as they are installed, with `root` as their authority.
pub(super) struct Judges {
    openssl: Option<Tool>,
    cmsutil: Option<Tool>,
    certtool: Option<Tool>,
    gpgsm: Option<Tool>,
    folder: Folder,
}

impl Judges {
    pub(super) fn new(root: &X509) -> Self {
        let folder = Folder::new();
        folder.file("root.pem", root.to_pem().unwrap());
        let starts = |tool: &Tool| tool.output(&["-H"]).map(|_| ()).map_err(|e| e.to_string());
        let openssl = tool("openssl", folder.path(), runs(&["version"]));
        let certtool = tool("certtool", folder.path(), runs(&["--version"]));
        let certutil = tool("certutil", folder.path(), starts);
        let cmsutil = tool("cmsutil", folder.path(), starts).filter(|_| certutil.is_some());
        if let Some(certutil) = certutil {
            folder.file("db/x", "");
            certutil.accepts(&["-N", "-d", "sql:db", "--empty-password"]);
            certutil
                .accepts(&["-A", "-d", "sql:db", "-n", "root", "-t", "CT,C,C", "-i", "root.pem"]);
        }
        let gpgsm = tool("gpgsm", folder.path(), runs(&["--version"]));
        if let Some(gpgsm) = &gpgsm {
            let mut trusted = String::new();
            for byte in &*root.digest(MessageDigest::sha1()).unwrap() {
                write!(trusted, "{byte:02X}").unwrap();
            }
            folder.file("gpg/trustlist.txt", format!("{trusted} S relax\n"));
            folder.file("gpg/gpgsm.conf", "disable-dirmngr\ndisable-crl-checks\n");
            gpgsm.accepts(&["--homedir", "gpg", "--import", "root.pem"]);
        }
        Self { openssl, cmsutil, certtool, gpgsm, folder }
    }

    /// Those that refuse `profile`, with what they say.
    pub(super) fn that_refuse(&self, profile: &[u8]) -> Vec<String> {
        self.folder.file("p", profile);
        let commands: [(&Option<Tool>, &[&str]); 4] = [
            (
                &self.openssl,
                &[
                    "cms", "-verify", "-binary", "-inform", "der", "-in", "p", "-CAfile",
                    "root.pem", "-purpose", "any", "-out", "content",
                ],
            ),
            (&self.cmsutil, &["-D", "-d", "sql:db", "-u", "4", "-i", "p", "-o", "content"]),
            (
                &self.certtool,
                &["--p7-verify", "--inder", "--infile", "p", "--load-ca-certificate", "root.pem"],
            ),
            (&self.gpgsm, &["--homedir", "gpg", "--verify", "p"]),
        ];
        let mut refusals = Vec::new();
        for (tool, args) in commands {
            if let Some(tool) = tool
                && let (false, printed) = tool.says(args)
            {
                refusals.push(printed);
            }
        }
        refusals
    }
}

impl Drop for Judges {
    fn drop(&mut self) {
        if self.gpgsm.is_some()
            && let Some(gpgconf) = tool("gpgconf", self.folder.path(), runs(&["--version"]))
        {
            gpgconf.says(&["--homedir", "gpg", "--kill", "all"]);
        }
    }
}
