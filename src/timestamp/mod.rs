//! Asks time-stamp authorities for the time stamps of scripts. Each request has a digest and a random number, and nothing
//! else of a script or of a person; it goes to the addresses that the user named, and only if there are any.

mod error;
mod http;

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

pub(crate) use error::RequestError;

use error::NoStamp;

use crate::clock::Clock;
use crate::domain::web_address::WebAddress;
use crate::sign::stamp::StampRequest;
use crate::sign::verify::Authorities;
use crate::sign::{SignError, Stamper};
use http::{Agent, LOOK};

/// How often an address is asked for one time stamp.
const ATTEMPTS: u32 = 3;

/// The pause before the second attempt; it doubles before the third.
const PAUSE: Duration = Duration::from_millis(500);

/// How many time stamps are kept for scripts with the same bytes; each has about 6 kB.
const MOST_KEPT: usize = 1000;

/// Whom to ask, and what to accept.
#[derive(Clone, Debug)]
pub(crate) struct StampSettings {
    /// In the order in which they are asked.
    pub(crate) addresses: Vec<WebAddress>,
    /// Where the chain of an answer must end.
    pub(crate) authorities: Authorities,
    /// How long one answer may take.
    pub(crate) timeout: Duration,
}

/// What happens while time stamps are made.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// The first answer was good. `expected` time stamps are to be made in all, if that is known.
    First { took: Duration, expected: u64 },
    /// An address gave none; from now on the next one is asked.
    Next { failed: &'a WebAddress, why: &'a RequestError, next: &'a WebAddress },
}

/// Who hears of [events](Event).
pub(crate) type Listener = Box<dyn Fn(&Event<'_>) + Send + Sync>;

/// Whether the user has asked the run to stop.
pub(crate) type IsStopped = Box<dyn Fn() -> bool + Send + Sync>;

/// Asks for one time stamp after the other: authorities are public services, and the others wait.
pub(crate) struct Client {
    settings: StampSettings,
    agent: Agent,
    listener: Listener,
    is_stopped: IsStopped,
    expected: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The address that is asked, and those after it.
    from: usize,
    has_answer: bool,
    /// Time stamps by the digest of the signature: the same script has the same signature.
    kept: HashMap<[u8; 32], Vec<u8>>,
}

impl Client {
    pub(crate) fn new(
        settings: StampSettings,
        listener: Listener,
        is_stopped: IsStopped,
    ) -> Arc<Self> {
        let agent = Agent::new(settings.timeout);
        let expected = AtomicU64::new(0);
        Arc::new(Self { settings, agent, listener, is_stopped, expected, state: Mutex::default() })
    }

    /// A judged token from the first address that gives one.
    fn ask(&self, signature: &[u8], state: &mut State) -> Result<Vec<u8>, SignError> {
        let addresses = &self.settings.addresses;
        let mut failed: Vec<(WebAddress, RequestError)> = Vec::new();
        for (at, address) in addresses.iter().enumerate().skip(state.from) {
            if let Some((failed, why)) = failed.last() {
                (self.listener)(&Event::Next { failed, why, next: address });
            }
            match self.ask_one(address, signature) {
                Ok(token) => {
                    state.from = at;
                    return Ok(token);
                }
                Err(RequestError::Stopped) => return Err(SignError::Stopped),
                Err(why) => failed.push((address.clone(), why)),
            }
        }
        Err(SignError::Stamp(NoStamp { failed }.into()))
    }

    /// The same from one address, which is asked again if that may help.
    fn ask_one(&self, address: &WebAddress, signature: &[u8]) -> Result<Vec<u8>, RequestError> {
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            let request = StampRequest::new(signature)?;
            let answer = self.agent.post(address, request.to_der(), &self.is_stopped);
            let answer = answer.and_then(|answer| {
                let now = Clock::now_only();
                let judged = request.judge(&answer.body, &self.settings.authorities, now);
                judged.map_err(|fault| answer.fault(fault))
            });
            match answer {
                Ok(token) => return Ok(token),
                Err(error) if error.may_pass() && attempt < ATTEMPTS => {}
                Err(error) => return Err(error),
            }
            self.rest(pause)?;
            pause *= 2;
            attempt += 1;
        }
    }

    /// Pauses between two attempts, unless the run is stopped.
    fn rest(&self, pause: Duration) -> Result<(), RequestError> {
        let until = Instant::now() + pause;
        while let Some(rest) = until.checked_duration_since(Instant::now()) {
            if (self.is_stopped)() {
                return Err(RequestError::Stopped);
            }
            thread::sleep(rest.min(LOOK));
        }
        Ok(())
    }
}

impl Stamper for Client {
    fn stamp(&self, signature: &[u8]) -> Result<Vec<u8>, SignError> {
        let digest: [u8; 32] = Sha256::digest(signature).into();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(token) = state.kept.get(&digest) {
            return Ok(token.clone());
        }
        // another thread may have waited until now
        if (self.is_stopped)() {
            return Err(SignError::Stopped);
        }
        let started = Instant::now();
        let token = self.ask(signature, &mut state)?;
        if !std::mem::replace(&mut state.has_answer, true) {
            let expected = self.expected.load(Ordering::Relaxed);
            (self.listener)(&Event::First { took: started.elapsed(), expected });
        }
        if state.kept.len() < MOST_KEPT {
            state.kept.insert(digest, token.clone());
        }
        Ok(token)
    }

    fn expect(&self, stamps: u64) {
        self.expected.store(stamps, Ordering::Relaxed);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("settings", &self.settings).finish_non_exhaustive()
    }
}
