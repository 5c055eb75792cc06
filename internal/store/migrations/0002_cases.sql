-- A migration is written in the words of SQLite; see dialect.schema for what
-- becomes of it on PostgreSQL.
ALTER TABLE runs ADD COLUMN state TEXT NOT NULL DEFAULT 'running';
ALTER TABLE runs ADD COLUMN config TEXT NOT NULL DEFAULT '';    -- fingerprint of the configuration
ALTER TABLE runs ADD COLUMN sites TEXT NOT NULL DEFAULT '[]';   -- JSON: their names
UPDATE runs SET state = 'finished' WHERE summary IS NOT NULL;
UPDATE runs SET state = 'abandoned' WHERE finished IS NOT NULL AND summary IS NULL;
CREATE INDEX runs_started ON runs (started);

-- 1: this run saw the whole of what is at the address now, so that a finding
-- that is missing there is gone.
ALTER TABLE pages ADD COLUMN looked INTEGER NOT NULL DEFAULT 0;

CREATE TABLE sites (
    name      TEXT PRIMARY KEY,
    unit      TEXT NOT NULL,
    columns   TEXT NOT NULL              -- JSON: paths and names
) STRICT, WITHOUT ROWID;

-- A finding over all runs. What lists are filtered and sorted by is here, the
-- finding itself in case_findings, so that this table stays narrow.
CREATE TABLE cases (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    fingerprint TEXT NOT NULL UNIQUE,
    value_key   TEXT NOT NULL,
    site        TEXT NOT NULL,
    unit        TEXT NOT NULL,
    page_column TEXT NOT NULL,
    title       TEXT NOT NULL,
    url         TEXT NOT NULL,
    rule        TEXT NOT NULL,
    category    TEXT NOT NULL,
    severity    INTEGER NOT NULL,        -- 1 low to 4 critical
    state       TEXT NOT NULL,
    assignee    TEXT NOT NULL DEFAULT '',
    due         INTEGER NOT NULL,        -- unix nanoseconds; the greatest there is: none
    note        TEXT NOT NULL DEFAULT '',
    clock       INTEGER NOT NULL,        -- unix nanoseconds; 0: it does not run
    steps       TEXT NOT NULL,           -- JSON
    first_seen  INTEGER NOT NULL,
    last_seen   INTEGER NOT NULL,
    first_run   TEXT NOT NULL,
    last_run    TEXT NOT NULL,
    returned    INTEGER NOT NULL DEFAULT 0,
    version     INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX cases_severity ON cases (severity DESC, id DESC);
CREATE INDEX cases_state ON cases (state, severity DESC, id DESC);
CREATE INDEX cases_unit ON cases (unit, severity DESC, id DESC);
CREATE INDEX cases_site ON cases (site, severity DESC, id DESC);
CREATE INDEX cases_due ON cases (due, id DESC);
CREATE INDEX cases_url ON cases (url);
CREATE INDEX cases_value ON cases (site, rule, value_key);
-- Holds all that counting needs, in the order of its groups.
CREATE INDEX cases_counts ON cases (state, severity, category, site, unit, due, clock);

CREATE TABLE case_findings (
    case_id   INTEGER PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
    finding   TEXT NOT NULL              -- JSON, as last seen
) STRICT;

-- Title, address, rule and note in lower case: small enough to be read as a
-- whole for every search, because words of Chinese are parts of words.
CREATE TABLE case_texts (
    case_id   INTEGER PRIMARY KEY REFERENCES cases (id) ON DELETE CASCADE,
    words     TEXT NOT NULL
) STRICT;

CREATE TABLE case_events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id    INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    time       INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    action     TEXT NOT NULL,
    from_state TEXT NOT NULL,
    to_state   TEXT NOT NULL,
    note       TEXT NOT NULL
) STRICT;
CREATE INDEX case_events_case ON case_events (case_id, id);

-- What each run found, and what it closed because it was gone.
CREATE TABLE run_cases (
    run       TEXT NOT NULL,
    case_id   INTEGER NOT NULL REFERENCES cases (id) ON DELETE CASCADE,
    kind      TEXT NOT NULL,             -- new, persisting, reopened, resolved
    PRIMARY KEY (run, case_id)
) STRICT, WITHOUT ROWID;

-- Findings of a rule with a value that stay dismissed on a site.
CREATE TABLE exceptions (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    site      TEXT NOT NULL,
    rule      TEXT NOT NULL,
    subject   TEXT NOT NULL,             -- key of the value, or fingerprint of the finding where it has none
    case_id   INTEGER NOT NULL,
    owner     TEXT NOT NULL,
    reason    TEXT NOT NULL,
    created   INTEGER NOT NULL,
    expires   INTEGER NOT NULL,
    revoked   INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX exceptions_subject ON exceptions (site, rule, subject);

-- Append-only; each entry is chained to the one before, see audit.go.
CREATE TABLE audit (
    seq       INTEGER PRIMARY KEY,
    time      INTEGER NOT NULL,
    actor     TEXT NOT NULL,
    action    TEXT NOT NULL,
    object    TEXT NOT NULL,
    detail    TEXT NOT NULL,
    hash      TEXT NOT NULL
) STRICT;

-- What a run found in the texts it has scanned, so that the same text at
-- another address need not be scanned again.
CREATE TABLE texts (
    run       TEXT NOT NULL,
    hash      TEXT NOT NULL,             -- of text and rule set
    result    TEXT NOT NULL,             -- JSON
    PRIMARY KEY (run, hash)
) STRICT, WITHOUT ROWID;
