//! `probe.csv`: which mailboxes could sign in. `probe --sign-in` writes it, and `generate --only-signed-in` reads it. It
//! has no password.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::failure::Failure;
use crate::bounded;
use crate::diagnostic::{CannotRead, Diagnostic};
use crate::domain::account::MailAccount;
use crate::domain::delimiter::Delimiter;
use crate::domain::text::FORMULA_STARTS;
use crate::pipeline::{SignedIn, Standing};

/// The most bytes of the file: some hundred thousand mailboxes.
const LARGEST: u64 = 256 << 20;

/// Its columns. The first two tell the file from any other.
pub(super) const COLUMNS: [&str; 14] = [
    "email",
    "signed_in",
    "incoming",
    "incoming_server",
    "incoming_user",
    "incoming_words",
    "outgoing",
    "outgoing_server",
    "outgoing_user",
    "outgoing_words",
    "test_message",
    "other_user",
    "line",
    "time",
];

/// So many of them every file has.
const NEEDED: usize = 10;

/// Results that cannot be used.
#[derive(Debug, Error)]
pub(super) enum ResultsError {
    #[error("{}", CannotRead(&.file.display().to_string(), .error))]
    Unreadable { file: PathBuf, error: io::Error },
    #[error("`{}` is not a file by `probe --sign-in`: it has no column `{column}`", .file.display())]
    OtherFile { file: PathBuf, column: &'static str },
    #[error("`{}` line {line}: {why}", .file.display())]
    Row { file: PathBuf, line: u64, why: RowProblem },
}

/// Why a row of the file says nothing.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(super) enum RowProblem {
    #[error("the row does not have the cells of the header")]
    Cells,
    #[error("`signed_in` is not yes, no or unknown")]
    SignedIn,
}

impl Diagnostic for ResultsError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => None,
            Self::OtherFile { .. } => Some(
                "`mailmuster probe LIST --sign-in` writes such a file: probe.csv, or the one that its --results names"
                    .to_owned(),
            ),
            Self::Row { .. } => {
                Some("delete that line: its mailbox is then tried again".to_owned())
            }
        }
    }
}

/// What is known of one mailbox: the cells of its row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ResultRow {
    pub(super) cells: [String; COLUMNS.len()],
}

/// Whether a mailbox could sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    No,
    /// The run was stopped before it could write down what came of the attempt.
    Unknown,
}

impl Answer {
    pub(super) fn id(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }

    fn of(text: &str) -> Option<Self> {
        [Self::Yes, Self::No, Self::Unknown]
            .into_iter()
            .find(|it| text.eq_ignore_ascii_case(it.id()))
    }
}

impl ResultRow {
    pub(super) fn cell(&self, column: &str) -> &str {
        COLUMNS.iter().position(|it| *it == column).map_or("", |at| &self.cells[at])
    }

    pub(super) fn set(&mut self, column: &str, text: impl Into<String>) {
        if let Some(at) = COLUMNS.iter().position(|it| *it == column) {
            self.cells[at] = text.into();
        }
    }

    pub(super) fn answer(&self) -> Answer {
        Answer::of(self.cell("signed_in")).unwrap_or(Answer::Unknown)
    }

    /// Whether the row is about these servers and user names.
    pub(super) fn is_of(&self, account: &MailAccount) -> bool {
        self.settings() == Settings::of(account).as_refs()
    }

    fn settings(&self) -> [&str; 4] {
        ["incoming_server", "incoming_user", "outgoing_server", "outgoing_user"]
            .map(|column| self.cell(column))
    }
}

/// With what a mailbox signs in, as the file has it.
pub(super) struct Settings([String; 4]);

impl Settings {
    pub(super) fn of(account: &MailAccount) -> Self {
        let (incoming, outgoing) = (&account.incoming, &account.outgoing);
        Self([
            format!("{} {}", account.protocol.id(), incoming.endpoint),
            incoming.username.to_string(),
            format!("smtp {}", outgoing.endpoint),
            outgoing.username.to_string(),
        ])
    }

    fn as_refs(&self) -> [&str; 4] {
        self.0.each_ref().map(String::as_str)
    }

    /// Puts them into `row`.
    pub(super) fn fill(self, row: &mut ResultRow) {
        let [incoming, incoming_user, outgoing, outgoing_user] = self.0;
        row.set("incoming_server", incoming);
        row.set("incoming_user", incoming_user);
        row.set("outgoing_server", outgoing);
        row.set("outgoing_user", outgoing_user);
    }
}

/// The results of a list, in the order in which mailboxes were tried.
#[derive(Debug, Default)]
pub(super) struct Results {
    rows: Vec<ResultRow>,
    /// By address in lower case.
    numbers: HashMap<String, usize>,
    delimiter: Delimiter,
}

impl Results {
    /// Reads the file. A missing one is empty, and will have the delimiter of the list.
    pub(super) fn read_or_new(file: &Path, delimiter: Delimiter) -> Result<Self, ResultsError> {
        match Self::read(file) {
            Err(ResultsError::Unreadable { error, .. })
                if error.kind() == io::ErrorKind::NotFound =>
            {
                Ok(Self { delimiter, ..Self::default() })
            }
            result => result,
        }
    }

    fn read(file: &Path) -> Result<Self, ResultsError> {
        let unreadable = |error| ResultsError::Unreadable { file: file.to_owned(), error };
        Self::of(&bounded::read(file, LARGEST).map_err(unreadable)?, file)
    }

    fn of(bytes: &[u8], file: &Path) -> Result<Self, ResultsError> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
        // spreadsheet programs of many countries save with semicolons
        let known = [b';', b'\t'].into_iter().find(|byte| header.contains(byte));
        let delimiter = known.and_then(|byte| Delimiter::try_from(byte).ok()).unwrap_or_default();
        let mut reader = ::csv::ReaderBuilder::new()
            .delimiter(delimiter.into())
            .has_headers(false)
            .flexible(true)
            .from_reader(bytes);
        let mut results = Self { delimiter, ..Self::default() };
        let mut places = [None; COLUMNS.len()];
        let mut record = ::csv::ByteRecord::new();
        let mut is_header = true;
        // what follows a fault of the CSV cannot be read at all: reading from memory has no other
        while reader.read_byte_record(&mut record).unwrap_or(false) {
            let cells: Vec<String> = record.iter().map(cell).collect();
            if std::mem::take(&mut is_header) {
                places = COLUMNS.map(|column| cells.iter().position(|it| it == column));
                let missing = COLUMNS.iter().zip(places).take(NEEDED).find(|(_, it)| it.is_none());
                if let Some((column, _)) = missing {
                    return Err(ResultsError::OtherFile { file: file.to_owned(), column });
                }
                continue;
            }
            // spreadsheet programs keep rows whose cells were deleted
            if cells.iter().all(String::is_empty) {
                continue;
            }
            let line = record.position().map_or(0, ::csv::Position::line);
            let row = |why| ResultsError::Row { file: file.to_owned(), line, why };
            let at = |place: &Option<usize>| cells.get((*place)?).cloned();
            if places.iter().flatten().any(|place| *place >= cells.len()) {
                return Err(row(RowProblem::Cells));
            }
            let found = ResultRow { cells: places.each_ref().map(|it| at(it).unwrap_or_default()) };
            if Answer::of(found.cell("signed_in")).is_none() {
                return Err(row(RowProblem::SignedIn));
            }
            results.put(found);
        }
        if is_header {
            let file = file.to_owned();
            return Err(ResultsError::OtherFile { file, column: COLUMNS[0] });
        }
        Ok(results)
    }

    /// What is known of a mailbox.
    pub(super) fn of_address(&self, address: &str) -> Option<&ResultRow> {
        self.numbers.get(&address.to_lowercase()).map(|number| &self.rows[*number])
    }

    /// Adds a row, or replaces the one of the same mailbox.
    pub(super) fn put(&mut self, row: ResultRow) {
        let key = row.cell("email").to_lowercase();
        if let Some(number) = self.numbers.get(&key) {
            self.rows[*number] = row;
        } else {
            self.numbers.insert(key, self.rows.len());
            self.rows.push(row);
        }
    }

    /// Puts `row` back in place of the one of `address`, or removes that.
    pub(super) fn restore(&mut self, address: &str, row: Option<ResultRow>) {
        if let Some(row) = row {
            self.put(row);
        } else if let Some(number) = self.numbers.remove(&address.to_lowercase()) {
            self.rows.remove(number);
            for other in self.numbers.values_mut().filter(|other| **other > number) {
                *other -= 1;
            }
        }
    }

    /// The file.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = crate::output::csv::BYTE_ORDER_MARK.to_vec();
        let mut line = |cells: &mut dyn Iterator<Item = &[u8]>| {
            bytes.extend(crate::output::csv::line(self.delimiter, cells));
        };
        line(&mut COLUMNS.iter().map(|it| it.as_bytes()));
        for row in &self.rows {
            line(&mut row.cells.iter().map(|it| it.as_bytes()));
        }
        bytes
    }
}

/// The text of a cell, without the apostrophe that keeps spreadsheets from reading a formula.
fn cell(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let bare = text.strip_prefix('\'').filter(|bare| bare.starts_with(FORMULA_STARTS));
    bare.map_or_else(|| text.trim().to_owned(), str::to_owned)
}

/// Who may get a bundle according to the file.
pub(super) fn signed_in(file: &Path) -> Result<SignedIn, Failure> {
    let results = Results::read(file)?;
    Ok(SignedIn::new(move |account| match results.of_address(account.address.as_str()) {
        None => Standing::Untried,
        Some(row) if !row.is_of(account) => Standing::OtherSettings,
        Some(row) => match row.answer() {
            Answer::Yes => Standing::SignedIn,
            Answer::No => Standing::Refused,
            Answer::Unknown => Standing::Untried,
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(email: &str, signed_in: &str) -> ResultRow {
        let mut row = ResultRow::default();
        row.set("email", email);
        row.set("signed_in", signed_in);
        row
    }

    fn read(text: &str) -> Result<Results, ResultsError> {
        Results::of(text.as_bytes(), Path::new("probe.csv"))
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut results = Results::default();
        let mut ada = row("ada@acme.test", "no");
        ada.set("incoming_words", "a NO \"wrong\", password; =1");
        ada.set("outgoing_words", "-ERR");
        results.put(ada.clone());
        results.put(row("bob@acme.test", "yes"));
        let read = Results::of(&results.bytes(), Path::new("probe.csv")).unwrap();
        assert_eq!(read.rows, results.rows);
        assert_eq!(read.of_address("ADA@acme.test"), Some(&ada));
        assert_eq!(ada.answer(), Answer::No);
    }

    #[test]
    fn a_mailbox_has_one_row_and_can_be_taken_out_again() {
        let mut results = Results::default();
        for email in ["a@q.com", "b@q.com", "c@q.com"] {
            results.put(row(email, "unknown"));
        }
        results.put(row("B@q.com", "yes"));
        assert_eq!(results.rows.len(), 3);
        results.restore("a@q.com", None);
        assert_eq!(results.of_address("a@q.com"), None);
        assert_eq!(results.of_address("c@q.com").unwrap().cell("email"), "c@q.com");
        results.restore("c@q.com", Some(row("c@q.com", "no")));
        assert_eq!(results.of_address("c@q.com").unwrap().answer(), Answer::No);
    }

    #[test]
    fn a_spreadsheet_program_may_have_saved_it_with_semicolons_and_without_later_columns() {
        let header = COLUMNS[..NEEDED].join(";");
        let results = read(&format!("{header}\r\nada@q.com;YES;;;;;;;;\r\n;;;;;;;;;\r\n")).unwrap();
        assert_eq!(results.of_address("ada@q.com").unwrap().answer(), Answer::Yes);
        assert!(results.bytes().starts_with(b"\xef\xbb\xbfemail;signed_in;"));
    }

    #[test]
    fn another_file_is_refused_and_so_is_a_row_that_says_nothing() {
        let error = read("email,name\nada@q.com,Ada\n").unwrap_err();
        assert!(matches!(error, ResultsError::OtherFile { column: "signed_in", .. }));
        assert!(matches!(read("").unwrap_err(), ResultsError::OtherFile { column: "email", .. }));
        let header = COLUMNS.join(",");
        let error = read(&format!("{header}\nada@q.com\n")).unwrap_err();
        assert!(matches!(error, ResultsError::Row { line: 2, why: RowProblem::Cells, .. }));
        let error = read(&format!("{header}\nada@q.com,maybe,,,,,,,,,,,,\n")).unwrap_err();
        assert!(matches!(error, ResultsError::Row { line: 2, why: RowProblem::SignedIn, .. }));
    }
}
