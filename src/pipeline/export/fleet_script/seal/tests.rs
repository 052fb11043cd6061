//! Fleet scripts with time stamps of an authority that is not there.

use super::*;
use crate::clock::Clock;
use crate::domain::identifier::ReverseDns;
use crate::mdm::UserNames;
use crate::pipeline::export::gather_fleet;
use crate::pipeline::tests::job;
use crate::pipeline::{Job, Silent, Stop, WindowsUsers, WithoutUser, check};
use crate::render::{RENDERERS, Setup};
use crate::sign::issue::{IssueRequest, issue};
use crate::sign::{Identities, SelfCheck, SigningIdentity, Stamper};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The size of a signature block around `der` bytes, without its first and last line.
fn block(der: usize) -> usize {
    let text = der.div_ceil(3) * 4;
    text + text.div_ceil(64) * "# \r\n".len()
}

#[test]
fn the_margin_holds_for_every_length_of_a_signature() {
    for der in 200..20_000 {
        let further = block(der + 101) - block(der);
        assert!(further <= SIGNATURE_MARGIN, "{der}: {further}");
    }
    assert!((200..20_000).any(|der| block(der + 101) - block(der) > SIGNATURE_MARGIN - 20));
    assert!(block(7000) <= STAMP_RESERVE && block(8000) > STAMP_RESERVE);
}

/// Gives tokens of one size, which nobody judges.
#[derive(Debug)]
struct Fake {
    size: usize,
    asked: AtomicUsize,
    expected: AtomicU64,
}

impl Stamper for Fake {
    fn stamp(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(vec![0x30; self.size])
    }

    fn expect(&self, stamps: u64) {
        self.expected.store(stamps, Ordering::Relaxed);
    }
}

/// 40 people.
fn fleet() -> Fleet {
    let rows = (0..40).map(|n| format!("p{n}@q.com,CORP\\p{n}\n"));
    let list: String = std::iter::once("email,directory_user\n".to_owned()).chain(rows).collect();
    let windows_users = WindowsUsers { names: UserNames::Column, missing: WithoutUser::Refused };
    let job = Job { windows_users: Some(windows_users), ..job(&list) };
    let identifier = ReverseDns::try_from("local.test").unwrap();
    let setup = Setup { formats: RENDERERS.to_vec(), ..Setup::of(identifier) };
    let stop = Stop::default();
    let checked = check(&job, None, &mut Silent, &stop).unwrap();
    gather_fleet(&job, &checked, &setup, &stop).unwrap()
}

fn signing(stamper: Arc<dyn Stamper>) -> Signing {
    let now = Clock::for_run(None).unwrap().run();
    let request = IssueRequest { common_name: "Test".to_owned(), days: 100, now };
    let identity = SigningIdentity::of_issued(&issue(&request).unwrap(), [now; 2]).unwrap();
    let identity = Arc::new(identity);
    let identities = Identities { profiles: Arc::clone(&identity), scripts: identity };
    Signing {
        identities: Some(identities),
        time: now,
        self_check: SelfCheck::Off,
        stamper: Some(stamper),
    }
}

/// The scripts of 40 people, below `most` bytes, with tokens of so many bytes.
fn sealed(size: usize, most: usize) -> (SealedFleet<AgentCopies<Artifact>>, Arc<Fake>) {
    let asked = AtomicUsize::default();
    let fake = Arc::new(Fake { size, asked, expected: AtomicU64::default() });
    let signing = signing(Arc::<Fake>::clone(&fake));
    let plan = SealPlan { signing: &signing, provider: "Acme", most };
    (seal_fleet(&fleet(), plan).unwrap(), fake)
}

#[test]
fn one_time_stamp_is_asked_for_each_script_and_none_to_measure() {
    for most in [199_999, 95_000] {
        let (sealed, fake) = sealed(6000, most);
        let scripts = sealed.filled.len() * 3;
        assert_eq!(fake.asked.load(Ordering::Relaxed), scripts, "{most}");
        assert_eq!(fake.expected.load(Ordering::Relaxed), scripts as u64, "{most}");
        assert_eq!(sealed.parts.count > 1, most == 95_000, "{most}");
    }
}

#[test]
fn no_script_is_too_large_where_a_time_stamp_is_larger_than_expected() {
    for most in [120_000, 105_000] {
        let (sealed, _) = sealed(12_000, most);
        assert!(sealed.largest <= most, "{}", sealed.largest);
    }
}
