-- The folder that this ledger belongs to: one row.
CREATE TABLE folder (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  identifier TEXT NOT NULL,        -- namespace of every identifier on devices
  tool TEXT NOT NULL               -- the program that wrote this schema
) STRICT;

-- A certificate that signed files, with the intermediate certificates beside it.
CREATE TABLE signer (
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL,            -- of the certificate, hexadecimal
  chain_sha256 TEXT NOT NULL,      -- of the intermediate certificates; blank: unknown
  key_sha256 TEXT NOT NULL,        -- of its SubjectPublicKeyInfo: the same after a renewal with the same key; blank: unknown
  subject TEXT NOT NULL,
  not_after TEXT NOT NULL,         -- RFC 3339, UTC; blank: unknown
  UNIQUE (sha256, chain_sha256)
) STRICT;

CREATE TABLE run (
  id INTEGER PRIMARY KEY,
  started_at TEXT NOT NULL,        -- RFC 3339, UTC; never earlier than the run before
  ended_at TEXT,                   -- null: the run was stopped, or is running
  command TEXT NOT NULL,           -- generate, add, retire, resign, rename, adopt, rebuild
  tool TEXT NOT NULL,
  list TEXT,                       -- as the admin named it
  list_sha256 TEXT,
  provider TEXT,
  profile_signer INTEGER REFERENCES signer,
  script_signer INTEGER REFERENCES signer
) STRICT;

-- What all people of a run share: the organization, the contact, the formats.
CREATE TABLE setup (
  id INTEGER PRIMARY KEY,
  settings TEXT NOT NULL UNIQUE    -- JSON
) STRICT;

CREATE TABLE person (
  id INTEGER PRIMARY KEY,
  key BLOB NOT NULL UNIQUE CHECK (length(key) = 16),
  fingerprint BLOB CHECK (length(fingerprint) = 16), -- of everything that decides the files; null: unknown
  size INTEGER NOT NULL,           -- of the bundle, in bytes
  state TEXT NOT NULL CHECK (state IN ('current', 'left', 'retired')),
  since TEXT NOT NULL,             -- when this state began
  run INTEGER NOT NULL REFERENCES run, -- that made the bundle
  bundle TEXT NOT NULL,            -- path in the folder; blank: lost
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  name TEXT NOT NULL,
  addresses TEXT NOT NULL,         -- separated by blanks
  client TEXT,
  "group" TEXT,
  department TEXT,
  identifiers TEXT NOT NULL,       -- of profiles on devices, separated by blanks
  settings TEXT NOT NULL,          -- JSON: accounts, devices, language
  setup INTEGER REFERENCES setup,
  profile_signer INTEGER REFERENCES signer,
  script_signer INTEGER REFERENCES signer,
  waiting_since TEXT               -- start of the first run that had to make the files again and could not
) STRICT;
CREATE INDEX person_waiting ON person (waiting_since) WHERE waiting_since IS NOT NULL;
CREATE INDEX person_bundle ON person (bundle);

-- What takes the accounts off the devices of a person who was retired.
CREATE TABLE removal (
  person INTEGER PRIMARY KEY REFERENCES person,
  package TEXT NOT NULL,           -- path in the folder
  size INTEGER NOT NULL,           -- in bytes
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32)
) STRICT;

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES run,
  person INTEGER NOT NULL REFERENCES person,
  kind TEXT NOT NULL,              -- new, changed, signer-changed, signer-renewed, re-created, adopted, left, returned, retired, renamed
  details TEXT NOT NULL,           -- what is different
  action TEXT NOT NULL             -- what the person has to do
) STRICT;
CREATE INDEX event_person ON event (person);

-- Bundles that `resign` is putting into their places. After a kill, a bundle that differs from its person's
-- digest but has this one is a bundle of that run.
CREATE TABLE placed (
  person INTEGER PRIMARY KEY REFERENCES person,
  run INTEGER NOT NULL REFERENCES run,
  size INTEGER NOT NULL,           -- in bytes
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  profile_signer INTEGER NOT NULL REFERENCES signer,
  script_signer INTEGER NOT NULL REFERENCES signer
) STRICT;

-- People without id whose address changed. A rename has two rows: the new address has the old one's key, and the old
-- address a new key, for the next person who gets it.
CREATE TABLE rename (
  address TEXT PRIMARY KEY,        -- in lower case
  key BLOB NOT NULL CHECK (length(key) = 16)
) STRICT, WITHOUT ROWID;

-- For reading by hand.
CREATE VIEW people AS
  SELECT lower(hex(person.key)) AS key, name, addresses, state, since, client, "group", department, bundle,
         run.started_at AS made_at, signer.subject AS signer, signer.not_after AS signer_ends
  FROM person JOIN run ON run.id = person.run LEFT JOIN signer ON signer.id = person.profile_signer;
