-- Who may use the server: people, their browsers, and programs. Only hashes
-- of passwords and secrets are kept. Times are unix nanoseconds; 0: never.
CREATE TABLE users (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT NOT NULL UNIQUE,
    display   TEXT NOT NULL,
    role      TEXT NOT NULL,
    password  TEXT NOT NULL,             -- Argon2id, PHC format; empty: logs in elsewhere
    subject   TEXT NOT NULL,             -- at an OpenID provider
    disabled  INTEGER NOT NULL DEFAULT 0,
    created   INTEGER NOT NULL,
    last_seen INTEGER NOT NULL DEFAULT 0,
    failed    INTEGER NOT NULL DEFAULT 0, -- wrong passwords in a row
    locked    INTEGER NOT NULL DEFAULT 0  -- until when
) STRICT;
CREATE UNIQUE INDEX users_subject ON users (subject) WHERE subject <> '';

CREATE TABLE sessions (
    hash      TEXT PRIMARY KEY,
    user_id   INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created   INTEGER NOT NULL,
    seen      INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    address   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE tokens (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT NOT NULL,
    hash      TEXT NOT NULL UNIQUE,
    user_id   INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    scopes    TEXT NOT NULL,             -- separated by blanks
    created   INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    used      INTEGER NOT NULL DEFAULT 0,
    revoked   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX tokens_user ON tokens (user_id);

-- Checks that people and programs asked for, with their masked results.
CREATE TABLE checks (
    id        TEXT PRIMARY KEY,
    owner     INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    label     TEXT NOT NULL,             -- file name or address; never content
    state     TEXT NOT NULL,             -- running, done, lost
    instance  TEXT NOT NULL,             -- the process that works on it
    created   INTEGER NOT NULL,
    ended     INTEGER NOT NULL DEFAULT 0,
    verdict   TEXT NOT NULL DEFAULT '',
    result    TEXT NOT NULL DEFAULT '',  -- JSON
    idem_key  TEXT NOT NULL DEFAULT '',  -- Idempotency-Key
    request   TEXT NOT NULL DEFAULT ''   -- hash of the request behind the key
) STRICT, WITHOUT ROWID;
CREATE INDEX checks_owner ON checks (owner, created DESC);
CREATE INDEX checks_running ON checks (created) WHERE state = 'running';
CREATE UNIQUE INDEX checks_key ON checks (owner, idem_key) WHERE idem_key <> '';
