//! The scripts of a fleet, signed, in as few parts as their sizes allow.

use super::Fleet;
use crate::artifact::{Artifact, Draft};
use crate::fleet_script::{FleetScriptError, Member, Parts, Whose, split};
use crate::pipeline::RunError;
use crate::render::windows::{AgentCopies, FleetAccounts, fleet_scripts};
use crate::sign::{Sealer, SignError, Signing};

/// How much longer the signature block of one script may be than that of another by the same key, in bytes.
///
/// RSA signatures have one length, so that all blocks have. ECDSA leaves out leading zeros: a P-384 signature has 8 to 104
/// bytes of DER, and the lengths of the five values around it may need a byte less each. 101 bytes of DER are 136 of base64
/// and begin at most 3 lines, each with 4 further bytes: 148.
const SIGNATURE_MARGIN: usize = 160;

/// Bytes that are kept for a time stamp. One with its certificates has 3 to 7 kB: 7,000 bytes of DER are 9,336 of base64 in 146
/// lines, each with 4 further bytes. With a measured size, parts would differ from one authority to the next, and the
/// measurement would need a request of its own. [`seal_fleet`] splits again where a token is larger.
const STAMP_RESERVE: usize = 10_000;

/// Which copies of a fleet script are signed.
pub(crate) trait Copies: Sized {
    /// Whose accounts they are for.
    const WHOSE: Whose;

    /// How many scripts each part has.
    const COUNT: usize;

    fn seal(drafts: AgentCopies<Draft>, sealer: &mut Sealer) -> Result<Self, SignError>;

    /// In the order in which they are written.
    fn scripts(&self) -> Vec<&Artifact>;
}

impl Copies for AgentCopies<Artifact> {
    const WHOSE: Whose = Whose::Staff;
    const COUNT: usize = 3;

    fn seal(drafts: AgentCopies<Draft>, sealer: &mut Sealer) -> Result<Self, SignError> {
        drafts.try_map(|draft| sealer.seal(draft))
    }

    fn scripts(&self) -> Vec<&Artifact> {
        self.all().to_vec()
    }
}

/// The copy that removes, alone.
#[derive(Debug)]
pub(super) struct RemoveCopy(Artifact);

impl Copies for RemoveCopy {
    const WHOSE: Whose = Whose::Leavers;
    const COUNT: usize = 1;

    fn seal(drafts: AgentCopies<Draft>, sealer: &mut Sealer) -> Result<Self, SignError> {
        sealer.seal(drafts.remove).map(Self)
    }

    fn scripts(&self) -> Vec<&Artifact> {
        vec![&self.0]
    }
}

/// The signed scripts of one part.
#[derive(Debug)]
pub(crate) struct SealedPart<T> {
    /// From 0.
    pub(crate) number: usize,
    /// `1-of-4`
    pub(crate) name: String,
    pub(crate) copies: T,
}

/// The signed scripts of a fleet.
#[derive(Debug)]
pub(crate) struct SealedFleet<T> {
    pub(crate) parts: Parts,
    /// The parts that have people, in order.
    pub(crate) filled: Vec<SealedPart<T>>,
    /// The size of the largest script, in bytes.
    pub(crate) largest: usize,
}

/// What scripts are made with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SealPlan<'a> {
    pub(crate) signing: &'a Signing,
    /// The provider, as people know it.
    pub(crate) provider: &'a str,
    /// The most bytes of a script.
    pub(crate) most: usize,
}

/// Makes and signs the scripts of `fleet`. None is larger than the plan allows.
pub(crate) fn seal_fleet<T: Copies>(
    fleet: &Fleet,
    plan: SealPlan<'_>,
) -> Result<SealedFleet<T>, RunError> {
    let Fleet { members, without_windows, .. } = fleet;
    if members.is_empty() {
        return Err(FleetScriptError::Nobody { without_windows: *without_windows }.into());
    }
    let mut sealer = Sealer::new(plan.signing)?;
    let mut empty = empty_size(plan)?;
    loop {
        let parts = split(members, empty, plan.most)?;
        if let Some(stamper) = &plan.signing.stamper {
            stamper.expect((parts.filled().len() * T::COUNT) as u64);
        }
        let filled: Vec<SealedPart<T>> = seal_parts(members, &parts, plan, &mut sealer)?;
        let sizes =
            filled.iter().flat_map(|part| part.copies.scripts()).map(|it| it.content().len());
        let largest = sizes.max().unwrap_or_default();
        if largest <= plan.most {
            return Ok(SealedFleet { parts, filled, largest });
        }
        // a signature or time stamp that is longer than expected
        empty += largest - plan.most;
    }
}

fn seal_parts<T: Copies>(
    members: &[Member],
    parts: &Parts,
    plan: SealPlan<'_>,
    sealer: &mut Sealer,
) -> Result<Vec<SealedPart<T>>, RunError> {
    let mut filled = Vec::new();
    for (number, places) in parts.filled() {
        let mut people: Vec<&Member> = places.iter().map(|place| &members[*place]).collect();
        // the same script for any order of rows
        people.sort_by(|one, other| one.key.cmp(&other.key));
        let people: Vec<&FleetAccounts> = people.iter().map(|member| &member.accounts).collect();
        let name = part_name(number, parts);
        let drafts =
            fleet_scripts(plan.provider, &people, &name).map_err(FleetScriptError::from)?;
        let copies = T::seal(drafts, sealer)?;
        filled.push(SealedPart { number, name, copies });
    }
    Ok(filled)
}

/// `1-of-4`
pub(super) fn part_name(part: usize, parts: &Parts) -> String {
    format!("{}-of-{}", part + 1, parts.count)
}

/// The size of a signed script without anybody, in bytes, with room for a time stamp if the run makes any. No authority is asked.
fn empty_size(plan: SealPlan<'_>) -> Result<usize, RunError> {
    let unstamped = Signing { stamper: None, ..plan.signing.clone() };
    let mut sealer = Sealer::new(&unstamped)?;
    let copies = fleet_scripts(plan.provider, &[], "0").map_err(FleetScriptError::from)?;
    // of the three actions `Install` is the longest word
    let size = sealer.seal(copies.install)?.content().len();
    let margin = if plan.signing.identities.is_some() { SIGNATURE_MARGIN } else { 0 };
    let stamp = if plan.signing.stamper.is_some() { STAMP_RESERVE } else { 0 };
    Ok(size + margin + stamp)
}

#[cfg(test)]
mod tests;
