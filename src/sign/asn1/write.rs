//! Writing DER: definite lengths only.

/// `INTEGER`
pub const INTEGER: u8 = 0x02;
/// `OCTET STRING`
pub const OCTET_STRING: u8 = 0x04;
/// `OBJECT IDENTIFIER`
pub(crate) const OBJECT_IDENTIFIER: u8 = 0x06;
/// `UTCTime`
pub const UTC_TIME: u8 = 0x17;
/// `GeneralizedTime`
pub const GENERALIZED_TIME: u8 = 0x18;
/// `SEQUENCE`
pub const SEQUENCE: u8 = 0x30;
/// `SET`
pub const SET: u8 = 0x31;
/// `[0]`, constructed
pub const CONTEXT_0: u8 = 0xa0;
/// `[1]`, constructed
pub(crate) const CONTEXT_1: u8 = 0xa1;
/// `BOOLEAN`
pub(crate) const BOOLEAN: u8 = 0x01;
/// `NULL`, whole
pub const NULL: &[u8] = &[0x05, 0x00];

/// The size of a whole value whose body has `length` bytes.
pub(crate) fn size(length: usize) -> usize {
    let (_, digits) = length_octets(length);
    1 + digits + length
}

/// Writes tag and length; the caller writes `length` bytes of body.
pub(crate) fn head(out: &mut Vec<u8>, tag: u8, length: usize) {
    let (octets, count) = length_octets(length);
    out.push(tag);
    out.extend_from_slice(&octets[..count]);
}

/// A whole value with the body `parts`, one behind the other.
pub fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length = parts.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(size(length));
    head(&mut out, tag, length);
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// A `SET OF` with its elements in the order DER asks for (X.690 §11.6): by their encodings.
pub(crate) fn set_of(tag: u8, mut elements: Vec<Vec<u8>>) -> Vec<u8> {
    elements.sort();
    let parts: Vec<&[u8]> = elements.iter().map(Vec::as_slice).collect();
    value(tag, &parts)
}

/// The length octets (X.690 §8.1.3) and how many of the array count.
fn length_octets(length: usize) -> ([u8; 9], usize) {
    let bytes = (length as u64).to_be_bytes();
    let mut octets = [0; 9];
    if length < 0x80 {
        octets[0] = bytes[7];
        return (octets, 1);
    }
    let digits = bytes.iter().skip_while(|byte| **byte == 0).count();
    octets[0] = 0x80 | bytes[..digits].len().to_be_bytes()[size_of::<usize>() - 1];
    octets[1..=digits].copy_from_slice(&bytes[8 - digits..]);
    (octets, digits + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_the_shortest_form() {
        for (length, head_bytes) in [
            (0, vec![0x04, 0x00]),
            (0x7f, vec![0x04, 0x7f]),
            (0x80, vec![0x04, 0x81, 0x80]),
            (0x100, vec![0x04, 0x82, 0x01, 0x00]),
            (0x01_0000, vec![0x04, 0x83, 0x01, 0x00, 0x00]),
        ] {
            let mut out = Vec::new();
            head(&mut out, OCTET_STRING, length);
            assert_eq!(out, head_bytes);
            assert_eq!(size(length), head_bytes.len() + length);
        }
    }

    #[test]
    fn a_set_is_sorted_by_its_encodings() {
        let set = set_of(SET, vec![vec![0x02, 1, 9], vec![0x02, 1, 3]]);
        assert_eq!(set, [0x31, 6, 0x02, 1, 3, 0x02, 1, 9]);
    }
}
