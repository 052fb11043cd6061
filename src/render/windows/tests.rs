use super::*;
use crate::domain::step::Step;

#[test]
fn the_body_is_ascii_with_windows_line_ends_and_one_data_block() {
    for text in [BODY.as_bytes(), LAUNCHER] {
        assert!(text.iter().all(|b| matches!(b, b' '..=b'~' | b'\r' | b'\n')));
        let text = std::str::from_utf8(text).unwrap();
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
        assert_eq!(text.matches('\r').count(), text.matches("\r\n").count());
        assert!(text.ends_with("\r\n"));
    }
    assert_eq!(BODY.matches(DATA_BEGIN).count(), 1);
    assert_eq!(BODY.split_once(DATA_BEGIN).unwrap().1.matches(DATA_END).count(), 1);
    let (before, after) = *PARTS;
    assert!(before.ends_with(DATA_BEGIN) && after.starts_with(DATA_END));
}

/// The texts in quotes that the body assigns to `what`, in order, each once.
fn assigned(what: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in BODY.split(&format!("{what} = '")).skip(1) {
        // a quote inside is doubled
        let text = rest.replace("''", "\0");
        let text = text.split('\'').next().unwrap().replace('\0', "'");
        if !found.contains(&text) {
            found.push(text);
        }
    }
    found
}

#[test]
fn steps_of_the_connection_test_are_those_of_the_one_table() {
    let (mut steps, mut hints) = (assigned("Step"), assigned("Hint"));
    let mut names = Step::ALL.map(|step| step.to_string()).to_vec();
    let mut table = Step::ALL.map(|step| step.hint().to_owned()).to_vec();
    // the test begins with `Hint = ''`
    hints.retain(|hint| hint.starts_with(|first: char| first.is_ascii_alphabetic()));
    for list in [&mut steps, &mut hints, &mut names, &mut table] {
        list.sort();
    }
    assert_eq!(steps, names);
    assert_eq!(hints, table);
}

#[test]
fn the_body_s_own_sample_is_read() {
    let sample = WindowsScript.read(BODY.as_bytes()).unwrap();
    assert!(sample[0].address.ends_with("@example.org"));
}
