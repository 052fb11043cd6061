//! The delimiter of earlier runs: the same program opens the next file.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::csv::BYTE_ORDER_MARK;
use super::layout::REPORT;
use crate::domain::delimiter::Delimiter;

/// The first cell of the report.
const FIRST: &[u8] = b"\"line\"";

/// The delimiter of the report in the folder `root`, or a comma.
pub(crate) fn delimiter_in(root: &Path) -> Delimiter {
    let path = root.join(REPORT);
    // opening a FIFO could block
    let is_file = path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let mut head = Vec::new();
    let file = is_file.then(|| File::open(&path).ok()).flatten();
    let length = (BYTE_ORDER_MARK.len() + FIRST.len() + 1) as u64;
    if file.is_none_or(|file| file.take(length).read_to_end(&mut head).is_err()) {
        return Delimiter::default();
    }
    let rest = head.strip_prefix(BYTE_ORDER_MARK).and_then(|it| it.strip_prefix(FIRST));
    rest.and_then(|rest| Delimiter::try_from(*rest.first()?).ok()).unwrap_or_default()
}
