-- Version 2.

-- Bundles that `generate` is putting into their places. After a kill, a file there with this digest is one that
-- this program made, though perhaps nobody knows of it yet.
CREATE TABLE staged (
  bundle TEXT PRIMARY KEY,         -- path in the folder
  key BLOB NOT NULL CHECK (length(key) = 16), -- of the person, who may be new
  size INTEGER NOT NULL,           -- in bytes
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32)
) STRICT, WITHOUT ROWID;
