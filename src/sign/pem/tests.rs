use super::*;

const ONE: &str = "-----BEGIN CERTIFICATE-----\nAAEC\nAwQF\n-----END CERTIFICATE-----\n";

fn ders(bytes: &[u8]) -> Result<Vec<Vec<u8>>, PemFault> {
    Ok(blocks(bytes)?.iter().map(|block| block.der.expose().to_vec()).collect())
}

#[test]
fn every_shape_of_the_same_text_is_read() {
    let one = || vec![vec![0, 1, 2, 3, 4, 5]];
    let indented: String = ONE.lines().map(|line| format!("\t  {line} \n")).collect();
    for text in [
        ONE.to_owned(),
        ONE.trim_end().to_owned(),
        ONE.replace('\n', "\r\n"),
        ONE.replace('\n', "\r"),
        ONE.replace('\n', "\\n"),
        ONE.replace('\n', ""),
        indented,
        format!("\u{feff}{ONE}"),
        format!("Bag Attributes\n    friendlyName: é\n{ONE}subject=CN = x\n"),
    ] {
        assert_eq!(ders(text.as_bytes()), Ok(one()), "{text}");
    }
    for order in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
        let wide: Vec<u8> = ONE.encode_utf16().flat_map(order).collect();
        assert_eq!(ders(&wide), Ok(one()));
    }
    let glued = format!("{}{ONE}", ONE.trim_end());
    assert_eq!(ders(glued.as_bytes()).unwrap().len(), 2);
    assert_eq!(ders(b"hello"), Ok(Vec::new()));
}

#[test]
fn damage_is_located() {
    let label = || "CERTIFICATE".to_owned();
    for (text, fault) in [
        (ONE.replace("AwQF", "Aw!F"), PemFault::NotBase64 { line: 3, label: label() }),
        (
            ONE.replace('\n', "\r\n").replace("AwQF", "Aw!F"),
            PemFault::NotBase64 { line: 3, label: label() },
        ),
        (ONE.replace("AwQF", "AwQFA"), PemFault::Damaged { line: 1, label: label() }),
        (format!("x\n{}", &ONE[..40]), PemFault::CutOff { line: 2, label: label() }),
        (
            ONE.replace("-----END CERTIFICATE-----", "-----END CERTIF"),
            PemFault::CutOff { line: 1, label: label() },
        ),
        (format!("{}\n{ONE}", &ONE[..50]), PemFault::CutOff { line: 1, label: label() }),
        (format!("{ONE}{ONE}").replacen(BEGIN, "", 1), PemFault::End { line: 4 }),
        ("-----BEGIN CERTIFICATE\nAAEC".to_owned(), PemFault::Begin { line: 1 }),
    ] {
        let found = blocks(text.as_bytes()).map(|blocks| blocks.len());
        assert_eq!(found, Err(fault), "{text}");
    }
}

#[test]
fn a_traditional_key_keeps_its_headers() {
    let text = "-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\nDEK-Info: AES-256-CBC,00\r\n\r\nAAEC\r\n-----END RSA PRIVATE KEY-----";
    let [block] = &blocks(text.as_bytes()).unwrap()[..] else { panic!("one block") };
    assert_eq!(block.headers, ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,00"]);
    assert_eq!(block.der.expose(), [0, 1, 2]);
}

#[test]
fn base64_alone_is_recognized() {
    assert_eq!(
        plain_base64(b"\xef\xbb\xbfAAEC\r\n AwQF\r\n").unwrap().expose(),
        [0, 1, 2, 3, 4, 5]
    );
    assert!(plain_base64(b"hello, world").is_none());
    assert!(plain_base64(b" \n").is_none());
}
