//! Random damage to a bundle: nothing passes unless what is unpacked is the same.

use mailmuster::render::RENDERERS;
use mailmuster::sign::certificate::read_all;
use mailmuster::sign::verify::Trust;
use mailmuster::verify::{Criteria, verify};
use time::macros::datetime;

use super::{BUNDLE, digests, made, unzip, write};
use crate::support::Folder;

/// Flips in the bytes of the bundle: container, streams and all.
const FLIPS: usize = 4000;

/// Flips in a file of the bundle, whose digests, checksums and sizes are made to fit.
const FLIPS_INSIDE: usize = 1000;

/// `SplitMix64`: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap()
    }
}

/// Whether `bytes` pass as a bundle under the test authority.
fn passes(folder: &Folder, bytes: &[u8], trust: &Trust) -> bool {
    folder.file("flipped.zip", bytes);
    let path = folder.path().join("flipped.zip");
    let criteria = Criteria { trust, signers: &[], renderers: RENDERERS };
    verify(&path, criteria, &mut |_| {}).is_ok_and(|verdict| verdict.faults == 0)
}

fn trust(folder: &Folder) -> Trust {
    Trust::new(read_all(&folder.read("id/ca.pem")).unwrap(), datetime!(2026-11-23 10:00 UTC))
}

#[test]
fn of_four_thousand_flipped_bits_none_passes() {
    let folder = made();
    let trust = trust(&folder);
    let good = folder.read(BUNDLE);
    assert!(passes(&folder, &good, &trust));
    let mut random = Random(7);
    for _ in 0..FLIPS {
        let mut flipped = good.clone();
        let (at, bit) = (random.below(good.len()), random.below(8));
        flipped[at] ^= 1 << bit;
        if passes(&folder, &flipped, &trust) {
            assert_eq!(unzip(&flipped), unzip(&good), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn no_flipped_bit_of_a_file_passes_with_fitting_digests() {
    let folder = made();
    let trust = trust(&folder);
    let good = unzip(&folder.read(BUNDLE));
    assert!(passes(&folder, &write(good.clone()), &trust));
    let mut random = Random(11);
    for _ in 0..FLIPS_INSIDE {
        let mut files = good.clone();
        let which = random.below(files.len() - 1);
        let (name, content) = &mut files[which];
        let (at, bit) = (random.below(content.len()), random.below(8));
        content[at] ^= 1 << bit;
        let name = name.clone();
        digests(&mut files);
        assert!(!passes(&folder, &write(files), &trust), "{name}: byte {at}, bit {bit}");
    }
}
