//! Lines to and from a server, over a connection with or without TLS. Every read is bounded.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::fault::StepFault;
use super::time_limit::Deadline;
use super::tls::Secured;
use crate::domain::secret::Secret;

/// The longest line, in bytes. Capabilities of real servers have less than 1000.
const LONGEST_LINE: usize = 8 * 1024;

/// The most that a server may send over one connection, in bytes.
const MOST_BYTES: usize = 64 * 1024;

/// A connection that cannot outlast its deadline, not even byte by byte.
#[derive(Debug)]
pub(super) struct TimedStream {
    stream: TcpStream,
    pub(super) deadline: Deadline,
}

impl TimedStream {
    pub(super) fn connect(address: SocketAddr, deadline: Deadline) -> Result<Self, StepFault> {
        let wait = deadline.wait().map_err(|_| StepFault::TooSlow)?;
        let stream = TcpStream::connect_timeout(&address, wait)
            .map_err(|error| StepFault::of_connecting(&error))?;
        // lines are short, and each waits for its answer
        let _ = stream.set_nodelay(true);
        Ok(Self { stream, deadline })
    }
}

/// What a time-out is called differs between systems, and OpenSSL would repeat a read that would block.
fn as_time_out(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

impl Read for TimedStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(self.deadline.wait()?))?;
        self.stream.read(buffer).map_err(as_time_out)
    }
}

impl Write for TimedStream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(self.deadline.wait()?))?;
        self.stream.write(bytes).map_err(as_time_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[derive(Debug)]
pub(super) enum Stream {
    Plain(TimedStream),
    Tls(Box<Secured>),
}

impl Stream {
    fn deadline(&self) -> Deadline {
        match self {
            Self::Plain(stream) => stream.deadline,
            Self::Tls(stream) => stream.get_ref().deadline,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

/// A conversation in lines.
#[derive(Debug)]
pub(super) struct Channel {
    stream: Stream,
    /// What has arrived and was not read yet.
    buffer: Vec<u8>,
    received: usize,
}

impl Channel {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, buffer: Vec::new(), received: 0 }
    }

    /// The next line, without its end. A bare LF ends a line, too: servers behind old proxies send it.
    pub(super) fn read_line(&mut self) -> Result<Vec<u8>, StepFault> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.buffer) {
                let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
                while line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
                    line.pop();
                }
                return Ok(line);
            }
            if self.buffer.len() > LONGEST_LINE || self.received > MOST_BYTES {
                return Err(StepFault::Endless);
            }
            let mut chunk = [0; 4096];
            let count = match self.stream.read(&mut chunk) {
                Ok(0) => return Err(StepFault::Closed),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(StepFault::of_talking(&error, self.stream.deadline()));
                }
            };
            self.received += count;
            self.buffer.extend_from_slice(&chunk[..count]);
        }
    }

    pub(super) fn send(&mut self, line: &str) -> Result<(), StepFault> {
        let bytes = format!("{line}\r\n");
        let sent = match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(bytes.as_bytes()),
            Stream::Tls(stream) => stream.write_all(bytes.as_bytes()),
        };
        sent.map_err(|error| StepFault::of_talking(&error, self.stream.deadline()))
    }

    /// Whether TLS protects it, which `walk` has verified.
    pub(super) fn is_secure(&self) -> bool {
        matches!(self.stream, Stream::Tls(_))
    }

    /// Sends a line with a password, over TLS only.
    pub(super) fn send_secret(&mut self, line: &Secret) -> Result<(), StepFault> {
        let Stream::Tls(stream) = &mut self.stream else { return Err(StepFault::NotTls) };
        let line = Secret::new([line.expose(), b"\r\n"].concat());
        stream
            .write_all(line.expose())
            .map_err(|error| StepFault::of_talking(&error, stream.get_ref().deadline))
    }

    /// The bare connection, for TLS after STARTTLS. What arrived before TLS began must not be read after it.
    pub(super) fn into_plain(self) -> Result<TimedStream, StepFault> {
        match self.stream {
            Stream::Plain(stream) if self.buffer.is_empty() => Ok(stream),
            Stream::Plain(_) | Stream::Tls(_) => Err(StepFault::Injected),
        }
    }
}
