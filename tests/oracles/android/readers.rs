//! Readers of QR codes by others, and our own reader of payloads, which knows nothing of the program.

use std::path::Path;

use serde_json::Value;

use crate::support::project;
use crate::tool::{Tool, runs, tool};

const DATA: &str = "tests/oracles/data/android";

/// The readers, run in one folder.
pub(super) struct Readers {
    zbar: Tool,
    zxing: Tool,
    payloads: Tool,
    folder: std::path::PathBuf,
}

/// A code that zxing-cpp has found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) text: String,
    /// Without the border, in pixels.
    pub(super) width: f64,
    pub(super) level: String,
    /// What is in the picture as text.
    pub(super) description: Option<String>,
}

impl Readers {
    pub(super) fn new(folder: &Path) -> Option<Self> {
        let python = project(&format!("{DATA}/python/bin/python"));
        let zbar = tool("zbarimg", folder, runs(&["--version"]))?;
        let payloads = tool("python3", folder, runs(&["--version"]))?;
        let modules = runs(&["-c", "import zxingcpp, PIL.Image"]);
        let zxing = tool(python.to_str().unwrap(), folder, |tool| {
            modules(tool).map_err(|why| format!("{why} (scripts/test installs it)"))
        })?;
        Some(Self { zbar, zxing, payloads, folder: folder.to_owned() })
    }

    /// The payloads in these pictures, as zbar reads them, in their order.
    pub(super) fn zbar(&self, files: &[String]) -> Vec<String> {
        let mut args = vec!["-q", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable"];
        args.extend(files.iter().map(String::as_str));
        let output = self.zbar.output(&args).unwrap();
        let printed = String::from_utf8(output.stdout).expect("every payload is ASCII");
        printed.lines().map(str::to_owned).collect()
    }

    /// The codes in these pictures, as zxing-cpp reads them, from top to bottom. A picture may have none.
    pub(super) fn zxing(&self, files: &[String]) -> Vec<Found> {
        let script = project(&format!("{DATA}/read_codes.py")).display().to_string();
        let args: Vec<&str> =
            std::iter::once(script.as_str()).chain(files.iter().map(String::as_str)).collect();
        let found = |line: &str| {
            let value: Value = serde_json::from_str(line).expect(line);
            let text = |name: &str| value[name].as_str().map(str::to_owned);
            Found {
                text: text("text").unwrap(),
                width: value["width"].as_f64().unwrap(),
                level: text("level").unwrap(),
                description: text("description"),
            }
        };
        let output = self.zxing.output(&args).unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(found).collect()
    }

    /// What the independent reader makes of each payload.
    pub(super) fn payloads<T: AsRef<[u8]>>(&self, payloads: &[T]) -> Vec<Value> {
        let lines: Vec<u8> =
            payloads.iter().flat_map(|line| [line.as_ref(), b"\n"].concat()).collect();
        std::fs::write(self.folder.join("payloads"), lines).unwrap();
        let script = project(&format!("{DATA}/qr_payload.py")).display().to_string();
        let printed = self.payloads.accepts(&[&script, "payloads"]);
        let read: Vec<Value> =
            printed.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        assert_eq!(read.len(), payloads.len(), "{printed}");
        read
    }
}
