use super::*;

fn shown(code: &str, value: f64) -> String {
    let mut text = String::new();
    NumberFormat::of(code).write(value, Epoch::From1900, &mut text);
    text
}

#[test]
fn numbers_look_as_they_do_in_the_spreadsheet() {
    for (value, text) in [
        (123_456.0, "123456"),
        (0.5, "0.5"),
        (0.1 + 0.2, "0.3"),
        (-7.0, "-7"),
        (-0.0, "0"),
        (999_999_999_999_999.0, "999999999999999"),
        (1e15, "1E+15"),
        (12_345_678_901_234_568.0, "1.2345678901234568E+16"),
    ] {
        assert_eq!(shown("General", value), text);
    }
}

#[test]
fn leading_zeros_that_are_shown_are_kept() {
    for (code, value, text) in [
        ("00000", 123.0, "00123"),
        ("00000", 1_234_567.0, "1234567"),
        ("000-00-0000", 12_345_678.0, "012-34-5678"),
        ("\"ID\"0000;[Red]0", 7.0, "ID0007"),
        ("[$-409]00\\-00", 123.0, "01-23"),
        ("##00", 7.0, "07"),
        ("00000", 1.5, "1.5"),
        ("0", 7.0, "7"),
        ("0.00", 123.0, "123"),
        ("#,##0", 1234.0, "1234"),
        ("0%", 1.0, "1"),
        ("00000", 1e16, "1E+16"),
    ] {
        assert_eq!(shown(code, value), text, "{code}");
    }
}

#[test]
fn a_date_is_a_date() {
    for (code, value, text) in [
        ("yyyy\\-mm\\-dd", 43_861.0, "2020-01-31"),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", 43_861.0, "2020-01-31"),
        ("d.m.yy h:mm", 43_861.75, "2020-01-31T18:00:00"),
        ("dd/mm/yyyy", 43_860.999_999_999_9, "2020-01-31"),
        ("[h]:mm", 43_861.0, "43861"),
        ("0 \"days\"", 3.0, "3"),
        ("yyyy", -1.0, "-1"),
    ] {
        assert_eq!(shown(code, value), text, "{code}");
    }
    let mut text = String::new();
    NumberFormat::built_in(14).write(42_399.0, Epoch::From1904, &mut text);
    assert_eq!(text, "2020-01-31");
}
