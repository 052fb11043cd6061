//! QR codes: zbar and zxing-cpp read the same payload from both pictures, and a reader that was written from the
//! description of the format finds in it what the list says.
//!
//! What was seen in the app's own reader, and what guards it here:
//!
//! | the app | guarded by |
//! |---|---|
//! | refuses `null` for the account's name or a password | [`FAULTS`], and the reader reads every payload |
//! | refuses a code for one bad account in it | the last of [`FAULTS`] |
//! | refuses hosts with an underscore or not ASCII, port 0, line breaks | [`FAULTS`]; `tests/contract` |
//! | refuses addresses with quotes or not ASCII, takes `+` | [`FAULTS`]; the person `atoms` |
//! | refuses sign-in by GSSAPI or NTLM, security 1 | [`FAULTS`] |
//! | uses the first group of outgoing servers only | `groups` and `identities` are 1 for every account |
//! | takes further elements, spaces, an empty name | [`HARMLESS`] |
//! | zbar reads UTF-8 as Big5 | every payload is ASCII, or the reader refuses it |
//! | the example has version 9 with error level M | `the_example_of_the_description_is_small` |

use serde_json::Value;

use super::people::{IMAP, POP, Row, Server, bundle, made, names, people, too_large};
use super::readers::Readers;
use crate::support::Folder;
use crate::tool::{Tool, runs, tool};

const SVG: &str = "android-qr-svg";
const PNG: &str = "android-qr-png";

/// A payload that the reader accepts.
const SOUND: &str = r#"[1,[1,1],[0,"mail.acme.example",993,3,1,"ada"],[[[0,"smtp.acme.example",587,2,1,"ada"],["ada@acme.example","Ada"]]]]"#;

/// What is replaced by what, and what the reader says.
const FAULTS: [(&str, &str, &str); 29] = [
    ("[1,[1,1]", "[2,[1,1]", "the version is 2"),
    ("[1,[1,1]", "[\"1\",[1,1]", "the version is no number"),
    ("[1,[1,1]", "[1,[2,1]", "the place is [2, 1]"),
    ("[1,[1,1]", "[1,[0,1]", "the place is [0, 1]"),
    ("[1,[1,1]", "[1,[1]", "the place is too short"),
    (",1,\"ada\"],[[", ",1,\"ada\",null],[[", "the account's name is no string"),
    (",1,\"ada\"],[[", ",1,\"ada\",\"\",null],[[", "a password is no string"),
    (",1,\"ada\"],[\"", ",1,\"ada\",null],[\"", "a password is no string"),
    (",\"Ada\"]", ",null]", "a name is no string"),
    (",\"Ada\"]", "]", "an identity is too short"),
    (",[\"ada@acme.example\",\"Ada\"]", "", "a group of an outgoing server is too short"),
    ("\"Ada\"", "\"Ad\u{e1}\"", "a byte that is not ASCII"),
    ("\"Ada\"", "\"A\\nda\"", "a name has a line break"),
    ("\"Ada\"", "\"A\\rda\"", "a name has a line break"),
    ("\"Ada\"", "\"\\ud83d\"", "a name has half a character"),
    (",1,\"ada\"],[[", ",1,\"a\\nda\"],[[", "a user name has a line break"),
    ("mail.acme", "mail_1.acme", "a host is 'mail_1.acme.example'"),
    ("mail.acme", "m\\u00e4il.acme", "a host is 'm\\xe4il.acme.example'"),
    ("mail.acme", "", "a host is '.example'"),
    (",993,", ",0,", "a port is 0"),
    (",993,", ",65536,", "a port is 65536"),
    (",993,", ",\"993\",", "a port is no number"),
    (",993,3,", ",993,1,", "a security is 1"),
    (",3,1,", ",3,3,", "a kind of sign-in is 3"),
    (",3,1,", ",3,4,", "a kind of sign-in is 4"),
    ("[0,\"mail", "[2,\"mail", "a protocol is 2"),
    ("\"ada@acme", "\"\\\"a da\\\"@acme", "an address is"),
    ("\"ada@acme", "\"\\u00e4da@acme", "an address is"),
    // a second account without an outgoing server
    ("]]]]", "]]],[0,\"mail.acme.example\",993,3,1,\"ada\"]]", "an account without"),
];

/// What the app accepts.
const HARMLESS: [(&str, &str); 5] = [
    ("[1,[1,1]", " [ 1,\t[1, 1]"),
    (",\"Ada\"]", ",\"\"]"),
    (",\"Ada\"]", ",\"Ada\",\"further\"]"),
    (",1,\"ada\"],[[", ",1,\"ada\",\"\",\"\",7],[["),
    ("\"ada@acme", "\"ada+tag@acme"),
];

/// The pictures of every person as files, and what each SVG says about itself.
pub(super) struct Pictures {
    pub(super) svg: Vec<String>,
    png: Vec<String>,
    pub(super) payloads: Vec<String>,
    /// How many codes each person has.
    pub(super) counts: Vec<usize>,
}

pub(super) fn pictures(folder: &Folder, people: &[Vec<Row>]) -> Pictures {
    let mut all = Pictures { svg: vec![], png: vec![], payloads: vec![], counts: vec![] };
    for person in people {
        let bundle = bundle(folder, person);
        let names = names(folder, &bundle);
        let count = names.iter().filter(|name| name.ends_with(".svg")).count();
        for number in 1..=count {
            let stem = match number {
                1 => "android/thunderbird-qr".to_owned(),
                _ => format!("android/thunderbird-qr-{number}"),
            };
            let [svg, png] = ["svg", "png"].map(|extension| {
                let name = format!("{}.{extension}", all.svg.len());
                folder.file(&name, folder.in_bundle(&bundle, &format!("{stem}.{extension}")));
                name
            });
            all.payloads.push(metadata(&folder.text(&svg)));
            all.svg.push(svg);
            all.png.push(png);
        }
        all.counts.push(count);
    }
    all
}

/// The payload as the SVG states it.
fn metadata(svg: &str) -> String {
    let (_, rest) = svg.split_once("<metadata>").unwrap();
    let (text, _) = rest.split_once("</metadata>").unwrap();
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Draws an SVG as it is printed with 300 dots to the inch.
fn drawn(rsvg: &Tool, svg: &[String]) -> Vec<String> {
    let draw = |name: &String| {
        let into = format!("{name}.drawn.png");
        rsvg.accepts(&["--dpi-x", "300", "--dpi-y", "300", "--output", &into, name]);
        into
    };
    svg.iter().map(draw).collect()
}

/// The reader finds the rows of each person in the payloads of their codes.
fn states(readers: &Readers, all: &Pictures, people: &[Vec<Row>], servers: &[Server; 2]) {
    let mut read = readers.payloads(&all.payloads).into_iter();
    for (person, count) in people.iter().zip(&all.counts) {
        let mut accounts = Vec::new();
        for number in 1..=*count {
            let mut code = read.next().unwrap();
            assert_eq!(
                (&code["number"], &code["of"]),
                (&number.into(), &(*count).into()),
                "{code}"
            );
            let Value::Array(of_code) = code["accounts"].take() else { panic!("{code}") };
            accounts.extend(of_code);
        }
        let rows: Vec<Value> = person.iter().map(|row| row.settings(servers)).collect();
        assert_eq!(accounts, rows);
    }
    assert!(read.next().is_none());
}

#[test]
fn two_readers_find_in_both_pictures_what_the_list_says() {
    for servers in [IMAP, POP] {
        let people = people();
        let folder = made(&people, &servers, &[SVG, PNG]);
        let Some(readers) = Readers::new(folder.path()) else { return };
        let Some(rsvg) = tool("rsvg-convert", folder.path(), runs(&["--version"])) else { return };
        let all = pictures(&folder, &people);
        let count = |id: &str| all.counts[people.iter().position(|it| it[0].id == id).unwrap()];
        assert_eq!((count("plain"), count("two")), (1, 1));
        assert!(count("nine") > 1, "its mailboxes need several codes");
        let longest = all.payloads.iter().map(String::len).max().unwrap();
        // version 40, the last, holds 2331; three are kept for a number of two digits
        assert_eq!(longest, 2328);
        for files in [&all.png, &drawn(&rsvg, &all.svg)] {
            assert_eq!(readers.zbar(files), all.payloads);
            let found = readers.zxing(files);
            let texts: Vec<&str> = found.iter().map(|code| code.text.as_str()).collect();
            assert_eq!(texts, all.payloads);
            assert!(found.iter().all(|code| code.level == "M"), "{found:?}");
        }
        for (code, payload) in readers.zxing(&all.png).iter().zip(&all.payloads) {
            assert_eq!(code.description.as_ref(), Some(payload));
        }
        states(&readers, &all, &people, &servers);
    }
}

#[test]
fn a_mailbox_that_fits_into_no_code_is_in_none_and_in_the_settings_file() {
    let people = vec![too_large()];
    let folder = made(&people, &IMAP, &[SVG, PNG, "android-thunderbird"]);
    let Some(readers) = Readers::new(folder.path()) else { return };
    let all = pictures(&folder, &people);
    assert_eq!(readers.zbar(&all.png), all.payloads);
    let [first, _, last] = &people[0][..] else { panic!("{people:?}") };
    states(&readers, &all, &[vec![first.clone(), last.clone()]], &IMAP);
    let file = folder.in_bundle(&bundle(&folder, &people[0]), "android/thunderbird-account.k9s");
    let file = String::from_utf8(file).unwrap();
    for row in &people[0] {
        assert!(file.contains(&format!("<email>{}</email>", row.address)), "{file}");
    }
}

/// Numbers without a pattern (Knuth's MMIX generator), the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn word(&mut self, characters: &[char], most: usize) -> String {
        let count = 1 + self.below(most);
        (0..count).map(|_| characters[self.below(characters.len())]).collect()
    }
}

#[test]
fn the_mask_that_is_always_the_same_keeps_no_code_from_being_read() {
    let mut random = Random(42);
    let letters: Vec<char> = "etaoinshrdlucmfwypvbgkjqxz0123456789".chars().collect();
    let signs: Vec<char> = "aAzZ éßñłŞ\"\\'&<>{}[],:;0189 αЖעم田中👩🎉".chars().collect();
    let person = |n: usize| {
        let address = format!("p{n}.{}@acme.example", random.word(&letters, 40));
        let (first, last) = (random.word(&signs, 20), random.word(&signs, 20));
        vec![Row::new(&format!("p{n}"), &address, &format!("X{first}x x{last}X"))]
    };
    let people: Vec<Vec<Row>> = (0..300).map(person).collect();
    let folder = made(&people, &IMAP, &[SVG, PNG]);
    let Some(readers) = Readers::new(folder.path()) else { return };
    let all = pictures(&folder, &people);
    assert_eq!(all.png.len(), 300);
    assert_eq!(readers.zbar(&all.png), all.payloads);
    let decoded: Vec<String> = readers.zxing(&all.png).into_iter().map(|code| code.text).collect();
    assert_eq!(decoded, all.payloads);
}

#[test]
fn the_example_of_the_description_is_small() {
    let people =
        [vec![Row::new("jane.doe@centurylink.net", "jane.doe@centurylink.net", "Jane Doe")]];
    let folder = Folder::new();
    folder.file("people.csv", "email,name\njane.doe@centurylink.net,Jane Doe\n");
    let host = ["--set=imap.host=mail.centurylink.net", "--only=android-qr-svg,android-qr-png"];
    folder.generate("people.csv", &host).exits(0);
    let all = pictures(&folder, &people);
    // the payload of the description; version 9 has 53 modules, and the border 8
    assert_eq!(
        all.payloads,
        [
            r#"[1,[1,1],[0,"mail.centurylink.net",993,3,1,"jane.doe@centurylink.net"],[[[0,"smtp.centurylink.net",587,2,1,"jane.doe@centurylink.net"],["jane.doe@centurylink.net","Jane Doe"]]]]"#
        ]
    );
    assert!(
        folder.text(&all.svg[0]).contains("width=\"40mm\" height=\"40mm\" viewBox=\"0 0 61 61\"")
    );
}

#[test]
fn the_reader_refuses_what_the_app_refuses() {
    let folder = Folder::new();
    let Some(readers) = Readers::new(folder.path()) else { return };
    let changed = |from: &str, to: &str| {
        assert!(SOUND.contains(from), "{from}");
        SOUND.replacen(from, to, 1)
    };
    let sound: Vec<String> = std::iter::once(SOUND.to_owned())
        .chain(HARMLESS.iter().map(|(from, to)| changed(from, to)))
        .collect();
    for (payload, read) in sound.iter().zip(readers.payloads(&sound)) {
        assert!(read["refused"].is_null(), "{payload}: {read}");
    }
    let bad: Vec<String> = FAULTS.iter().map(|(from, to, _)| changed(from, to)).collect();
    for ((payload, (_, _, why)), read) in bad.iter().zip(FAULTS).zip(readers.payloads(&bad)) {
        assert!(read["refused"].as_str().is_some_and(|it| it.contains(why)), "{payload}: {read}");
    }
    let cut = [&SOUND.as_bytes()[..SOUND.len() - 1], b"\xff", b"{}", b"[1,[1,1]]", b"[]"];
    for read in readers.payloads(&cut) {
        assert!(read["refused"].is_string(), "{read}");
    }
}

/// The picture with all pixels of a square turned round. Pixels across a module: 4.
fn with_a_stain(picture: &[u8], from: usize, to: usize) -> Vec<u8> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    for y in from * 4..to * 4 {
        for x in from * 4..to * 4 {
            pixels[y * frame.line_size + x / 8] ^= 0x80 >> (x % 8);
        }
    }
    let text = reader.info().uncompressed_latin1_text[0].clone();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, frame.width, frame.height);
    encoder.set_color(frame.color_type);
    encoder.set_depth(frame.bit_depth);
    encoder.set_compression(png::Compression::Fastest);
    encoder.add_text_chunk(text.keyword, text.text).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    file
}

#[test]
fn a_code_with_too_many_wrong_modules_is_refused() {
    let people = people();
    let folder = made(&people[..1], &IMAP, &[SVG, PNG]);
    let Some(readers) = Readers::new(folder.path()) else { return };
    let all = pictures(&folder, &people[..1]);
    let sound = folder.read(&all.png[0]);
    let [small, large] = ["small.png".to_owned(), "large.png".to_owned()];
    folder.file(&small, with_a_stain(&sound, 30, 34));
    folder.file(&large, with_a_stain(&sound, 20, 45));
    assert_eq!(
        readers.zbar(std::slice::from_ref(&small)),
        all.payloads,
        "error level M corrects it"
    );
    assert_eq!(readers.zxing(std::slice::from_ref(&small))[0].text, all.payloads[0]);
    assert!(readers.zbar(std::slice::from_ref(&large)).is_empty());
    assert!(readers.zxing(std::slice::from_ref(&large)).is_empty());
    // neither is a picture of ours, though the text in it is
    let png = mailmuster::render::by_id(mailmuster::render::RENDERERS, PNG).unwrap();
    assert!(png.check_form(&with_a_stain(&sound, 0, 0)).is_ok());
    assert!(png.check_form(&folder.read(&small)).is_err());
}
