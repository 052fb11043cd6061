//! Reads files named by the user, without trusting their size or kind.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// For certificates, keys and provider files, in bytes. Real ones are far smaller.
pub(crate) const SMALL: u64 = 4 << 20;

/// For bundles and their content, in bytes.
pub(crate) const BUNDLE: u64 = 64 << 20;

#[derive(Debug)]
pub(crate) enum Opened {
    /// A regular file, which can be read several times.
    File(File),
    /// A stream that the caller of the program passed as a file descriptor, e.g. `<(command)` in a
    /// shell. It can be read once.
    Stream(File),
}

/// Opens `path` without waiting: opening a FIFO without a writer would block for ever, and so would
/// reading a terminal or a device.
///
/// Folders, FIFOs, sockets and devices are errors. Descriptors of this process (`/dev/fd/63`) may be
/// pipes: the caller of the program has the other end, as with standard input.
pub(crate) fn open(path: &Path) -> io::Result<Opened> {
    let mut options = OpenOptions::new();
    options.read(true);
    // otherwise opening a FIFO waits for a writer (open(2), fifo(7))
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        rustix::fs::OFlags::NONBLOCK.bits().cast_signed(),
    );
    let file = match options.open(path) {
        // ENXIO: a socket; ERROR_INVALID_HANDLE (Windows, System Error Codes): a console
        Err(error) if error.raw_os_error() == Some(6) => return Err(irregular()),
        // Windows opens no folders and says that access is denied
        Err(_) if path.is_dir() => return Err(folder()),
        other => other?,
    };
    let kind = match file.metadata() {
        // a device of Windows, such as NUL and CON, has no metadata
        Err(_) if cfg!(windows) => return Err(irregular()),
        other => other?.file_type(),
    };
    if kind.is_dir() {
        return Err(folder());
    }
    // except on Linux, opening a descriptor shares its position, so it is read once (fd(4))
    if is_descriptor(path) && (!kind.is_file() || !cfg!(target_os = "linux")) {
        wait_for_data(&file)?;
        return Ok(Opened::Stream(file));
    }
    if kind.is_file() { Ok(Opened::File(file)) } else { Err(irregular()) }
}

/// Reads a file of at most `most` bytes. A longer or endless one is an error and uses no more memory.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let (Opened::File(file) | Opened::Stream(file)) = open(path)?;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {most} bytes"),
        ));
    }
    Ok(bytes)
}

/// Reads a text file that a person wrote: UTF-8, or UTF-16 with a byte order mark, which is what `>` makes of a
/// program's output in Windows PowerShell 5.1. The mark is no part of the text.
pub(crate) fn read_text(path: &Path, most: u64) -> io::Result<String> {
    let bytes = read(path, most)?;
    let text = match encoding_rs::Encoding::for_bom(&bytes) {
        Some((encoding, mark)) => encoding
            .decode_without_bom_handling_and_without_replacement(&bytes[mark..])
            .map(std::borrow::Cow::into_owned),
        None => String::from_utf8(bytes).ok(),
    };
    text.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

pub(crate) fn read_to_string(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// Whether `error` is that of [`open`] about a FIFO, socket or device.
pub(crate) fn is_irregular(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Irregular>())
}

/// A FIFO, a socket or a device.
#[derive(Debug, thiserror::Error)]
#[error("it is not a regular file")]
struct Irregular;

fn folder() -> io::Error {
    io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")
}

fn irregular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, Irregular)
}

/// Whether `path` is a descriptor of this process, as shells pass for `<(command)`.
fn is_descriptor(path: &Path) -> bool {
    let folder = path.parent();
    path == Path::new("/dev/stdin")
        || ["/dev/fd", "/proc/self/fd"].iter().any(|fd| folder == Some(Path::new(fd)))
}

/// Makes reads blocking again.
#[cfg(unix)]
fn wait_for_data(file: &File) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(file)?;
    Ok(rustix::fs::fcntl_setfl(file, flags - rustix::fs::OFlags::NONBLOCK)?)
}

#[cfg(not(unix))]
fn wait_for_data(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_device_a_fifo_and_a_socket_are_no_files() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&fifo).status().unwrap();
        assert!(made.success());
        let socket = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for path in [Path::new("/dev/zero"), Path::new("/dev/null"), &fifo, &socket] {
            let error = read(path, 1000).unwrap_err();
            assert!(is_irregular(&error), "{}: {error}", path.display());
            assert_eq!(error.to_string(), "it is not a regular file");
        }
        let error = read(folder.path(), 1000).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test writes its own file")]
    fn text_of_windows_editors_and_shells_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.toml");
        let text = "name = \"Bj\u{f6}rn \u{1f511}\"\r\n";
        let utf16 = |order: fn(u16) -> [u8; 2]| {
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(order).collect()
        };
        let marked: Vec<u8> = format!("\u{feff}{text}").into_bytes();
        for bytes in [text.into(), marked, utf16(u16::to_le_bytes), utf16(u16::to_be_bytes)] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(read_text(&path, 1000).unwrap(), text);
        }
        for bytes in [&b"\xff\xfea"[..], b"\xff\xfe\x00\xd8", b"Bj\xf6rn"] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(read_text(&path, 1000).unwrap_err().to_string(), "it is not UTF-8 text");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_pipe_that_the_caller_opened_is_read_to_its_end() {
        use std::io::Write;
        use std::os::fd::AsRawFd;
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"x").unwrap();
        let path = format!("/dev/fd/{}", reader.as_raw_fd());
        let late = std::thread::spawn(move || writer.write_all(b"yz"));
        assert_eq!(read(Path::new(&path), 1000).unwrap(), b"xyz");
        late.join().unwrap().unwrap();
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(1001).unwrap();
        assert!(read(file.path(), 1000).is_err());
        assert_eq!(read(file.path(), 1001).unwrap().len(), 1001);
    }
}
