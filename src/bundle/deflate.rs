//! Compressing files whose first part is the same in every bundle: that part is compressed and
//! hashed once, the rest behind it each time.

use flate2::{Compress, Compression, FlushCompress, Status};
use sha2::{Digest, Sha256};

use super::BundleError;
use crate::artifact::FileBytes;

/// Deflate's fastest level: a bundle takes the same three disk blocks as with level 6.
const FAST: u32 = 1;

/// For parts that are compressed once for a whole run.
const THOROUGH: u32 = 9;

/// Compresses one file after the other. Each thread has its own.
pub(super) struct Deflater {
    compress: Compress,
    /// Shared parts seen so far: there are as many as formats that have one.
    shared: Vec<Shared>,
}

/// A file, compressed: a deflate stream (RFC 1951) in two pieces.
pub(super) struct Deflated<'a> {
    /// The piece that is the same in every bundle; may be empty.
    pub(super) shared: &'a [u8],
    /// The rest.
    pub(super) own: Vec<u8>,
    /// CRC-32 of the whole file.
    pub(super) crc32: u32,
    /// The whole file's size in bytes.
    pub(super) size: usize,
}

struct Shared {
    plain: &'static [u8],
    deflated: Vec<u8>,
    crc32: crc32fast::Hasher,
    sha256: Sha256,
}

impl Deflater {
    pub(super) fn new() -> Self {
        Self { compress: Compress::new(Compression::new(FAST), false), shared: Vec::new() }
    }

    /// Compresses `content`.
    pub(super) fn deflate(&mut self, content: &FileBytes) -> Result<Deflated<'_>, BundleError> {
        self.compress.reset();
        let own = run(&mut self.compress, &content.own, FlushCompress::Finish)?;
        let shared = self.shared(content.shared)?;
        let mut crc32 = shared.crc32.clone();
        crc32.update(&content.own);
        Ok(Deflated { shared: &shared.deflated, own, crc32: crc32.finalize(), size: content.len() })
    }

    /// SHA-256 of `content`.
    pub(super) fn sha256(&mut self, content: &FileBytes) -> Result<[u8; 32], BundleError> {
        let mut sha256 = self.shared(content.shared)?.sha256.clone();
        sha256.update(&content.own);
        Ok(sha256.finalize().into())
    }

    fn shared(&mut self, plain: &'static [u8]) -> Result<&Shared, BundleError> {
        let known = self.shared.iter().position(|shared| std::ptr::eq(shared.plain, plain));
        if known.is_none() {
            self.shared.push(Shared::new(plain)?);
        }
        Ok(&self.shared[known.unwrap_or(self.shared.len() - 1)])
    }
}

impl Shared {
    fn new(plain: &'static [u8]) -> Result<Self, BundleError> {
        let mut crc32 = crc32fast::Hasher::new();
        crc32.update(plain);
        // a full flush ends on a byte and forgets the window: any stream may follow (RFC 1951 §3.2.4)
        let deflated = if plain.is_empty() {
            Vec::new()
        } else {
            run(&mut Compress::new(Compression::new(THOROUGH), false), plain, FlushCompress::Full)?
        };
        Ok(Self { plain, deflated, crc32, sha256: Sha256::new_with_prefix(plain) })
    }
}

/// Puts all of `plain` through `compress`.
fn run(
    compress: &mut Compress,
    plain: &[u8],
    flush: FlushCompress,
) -> Result<Vec<u8>, BundleError> {
    let start = compress.total_in();
    let mut out = Vec::with_capacity(plain.len() / 2 + 64);
    loop {
        let done = usize::try_from(compress.total_in() - start)?;
        let status = compress.compress_vec(&plain[done..], &mut out, flush)?;
        // room to spare means that nothing waits to be written
        let flushed = flush != FlushCompress::Finish && out.len() < out.capacity();
        if status == Status::StreamEnd || flushed {
            return Ok(out);
        }
        out.reserve(plain.len() / 4 + 64);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn inflate(file: &Deflated<'_>) -> Vec<u8> {
        let stream = [file.shared, &file.own].concat();
        let mut plain = Vec::new();
        flate2::read::DeflateDecoder::new(&stream[..]).read_to_end(&mut plain).unwrap();
        plain
    }

    #[test]
    fn shared_and_own_parts_come_out_as_one_file() {
        static SHARED: &[u8] = &[b'x'; 50_000];
        let mut deflater = Deflater::new();
        // bytes that cannot be compressed, and nothing at all, too
        let noise: Vec<u8> =
            (0_u32..9000).flat_map(|n| Sha256::digest(n.to_le_bytes())[..7].to_vec()).collect();
        for shared in [SHARED, &SHARED[..0]] {
            for own in [b"own".to_vec(), Vec::new(), noise.clone()] {
                let content = FileBytes { shared, own };
                let file = deflater.deflate(&content).unwrap();
                assert_eq!(inflate(&file), content.to_vec());
                assert_eq!(
                    (file.crc32, file.size),
                    (crc32fast::hash(&content.to_vec()), content.len())
                );
                assert_eq!(deflater.sha256(&content).unwrap(), *Sha256::digest(content.to_vec()));
            }
        }
    }
}
