//! The modules of a code, as lines.

use std::cell::RefCell;
use std::rc::Rc;

use qrcodegen::{DataTooLong, Mask, QrCode, QrCodeEcc, QrSegment, Version};

/// The white border that readers need, in modules (ISO/IEC 18004 §9.1).
const QUIET: usize = 4;

/// The width on paper that is enough for most codes, in millimetres.
const USUAL_WIDTH: usize = 40;

/// The width of the smallest module on paper, in hundredths of a millimetre.
const SMALLEST_MODULE: usize = 38;

/// A code with its border.
pub(in crate::render) struct Code {
    payload: String,
    /// Width and height in modules, with the border.
    pub(in crate::render) size: usize,
    /// The dark modules as lines of an SVG path, to be drawn one wide.
    pub(in crate::render) path: String,
    /// The dark modules.
    pub(super) runs: Vec<Run>,
}

/// Dark modules side by side, counted from the edge of the border.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) row: usize,
    pub(super) from: usize,
    /// The first that is not dark.
    pub(super) to: usize,
}

thread_local! {
    /// The last code: the sheet and both pictures of a person have the same.
    static LAST: RefCell<Option<Rc<Code>>> = const { RefCell::new(None) };
}

impl Code {
    /// The code with `payload`.
    pub(in crate::render) fn of(payload: &str) -> Result<Rc<Self>, DataTooLong> {
        let last =
            LAST.with_borrow(|last| last.as_ref().filter(|it| it.payload == payload).cloned());
        if let Some(code) = last {
            return Ok(code);
        }
        let code = Rc::new(Self::new(payload)?);
        LAST.set(Some(Rc::clone(&code)));
        Ok(code)
    }

    fn new(payload: &str) -> Result<Self, DataTooLong> {
        let code = encode(payload)?;
        let runs = runs(&code);
        let path = path(&runs);
        let modules = usize::try_from(code.size()).unwrap_or_default();
        Ok(Self { payload: payload.to_owned(), size: modules + 2 * QUIET, path, runs })
    }

    /// Width and height on paper, in millimetres.
    pub(in crate::render) fn millimetres(&self) -> usize {
        USUAL_WIDTH.max((self.size * SMALLEST_MODULE).div_ceil(100))
    }
}

/// A given mask instead of the one with the fewest penalty points, which takes 25 times as long to find: readers
/// take every mask, and the data of JSON has no large areas of one colour.
fn encode(payload: &str) -> Result<QrCode, DataTooLong> {
    QrCode::encode_segments_advanced(
        &[QrSegment::make_bytes(payload.as_bytes())],
        QrCodeEcc::Medium,
        Version::MIN,
        Version::MAX,
        Some(Mask::new(0)),
        false,
    )
}

fn runs(code: &QrCode) -> Vec<Run> {
    let size = code.size();
    // half of the modules are dark, and half of those have a light one behind them
    let mut runs = Vec::with_capacity(usize::try_from(size * size / 3).unwrap_or_default());
    for (row, y) in (QUIET..).zip(0..size) {
        let mut start = None;
        for (at, x) in (QUIET..).zip(0..=size) {
            match (code.get_module(x, y), start) {
                (true, None) => start = Some(at),
                (false, Some(from)) => {
                    runs.push(Run { row, from, to: at });
                    start = None;
                }
                _ => {}
            }
        }
    }
    runs
}

/// `M4 4.5h7m2 0h3` …
fn path(runs: &[Run]) -> String {
    let mut path = String::with_capacity(runs.len() * 8);
    let mut last = Run { row: 0, from: 0, to: 0 };
    for run in runs {
        if run.row == last.row {
            push(&mut path, 'm', run.from - last.to);
            path.push_str(" 0");
        } else {
            push(&mut path, 'M', run.from);
            push(&mut path, ' ', run.row);
            path.push_str(".5");
        }
        push(&mut path, 'h', run.to - run.from);
        last = *run;
    }
    path
}

/// Appends a letter and a number below 1000: `write!` takes three times as long as the rest of the path.
fn push(path: &mut String, letter: char, number: usize) {
    path.push(letter);
    let mut rest = number;
    for unit in [100, 10, 1] {
        if number >= unit || unit == 1 {
            path.push(char::from(b'0' + u8::try_from(rest / unit).unwrap_or_default()));
            rest %= unit;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_without_leading_zeros() {
        for number in [0, 7, 10, 42, 100, 185, 999] {
            let mut path = String::new();
            push(&mut path, 'h', number);
            assert_eq!(path, format!("h{number}"));
        }
    }

    #[test]
    fn the_path_draws_the_modules_and_nothing_else() {
        let payload = "x".repeat(300);
        let code = Code::of(&payload).unwrap();
        let expected = encode(&payload).unwrap();
        let modules = usize::try_from(expected.size()).unwrap();
        assert_eq!(code.size, modules + 8);
        for y in 0..modules {
            for x in 0..modules {
                let is_in =
                    |run: &Run| run.row == y + QUIET && (run.from..run.to).contains(&(x + QUIET));
                let dark = code.runs.iter().any(is_in);
                let (x, y) = (i32::try_from(x).unwrap(), i32::try_from(y).unwrap());
                assert_eq!(dark, expected.get_module(x, y));
            }
        }
        assert!(code.path.starts_with("M4 4.5h7m"), "{}", code.path);
    }

    #[test]
    fn a_large_code_is_wider_on_paper() {
        assert_eq!(Code::of(&"x".repeat(180)).unwrap().millimetres(), 40);
        assert_eq!(Code::of(&"x".repeat(666)).unwrap().millimetres(), 40);
        let largest = Code::of(&"x".repeat(2331)).unwrap();
        assert_eq!((largest.size, largest.millimetres()), (185, 71));
        assert!(Code::of(&"x".repeat(2332)).is_err());
    }
}
