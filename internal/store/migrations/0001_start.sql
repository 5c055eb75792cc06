-- Runs, one per crawl of the configured sites.
CREATE TABLE runs (
    id        TEXT PRIMARY KEY,
    scope     TEXT NOT NULL,             -- fingerprint of the sites it covers
    ruleset   TEXT NOT NULL,             -- fingerprint of the rules it began with
    started   INTEGER NOT NULL,          -- unix nanoseconds
    finished  INTEGER,                   -- NULL while it is open
    summary   TEXT                       -- JSON, as reported
) STRICT;
CREATE INDEX runs_open ON runs (scope) WHERE finished IS NULL;

-- What became of every URL of a run: exactly one row each.
CREATE TABLE pages (
    run       TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    url       TEXT NOT NULL,
    site      TEXT NOT NULL,
    outcome   TEXT NOT NULL,             -- screened, unchanged, skipped, failed
    reason    TEXT NOT NULL DEFAULT '',  -- of skipped and failed
    detail    TEXT NOT NULL DEFAULT '',
    referrer  TEXT NOT NULL DEFAULT '',  -- the page that linked it
    class     TEXT NOT NULL DEFAULT '',  -- page or attachment
    verdict   TEXT NOT NULL DEFAULT '',
    result    TEXT,                      -- JSON: the pipeline's result
    PRIMARY KEY (run, url)
) STRICT, WITHOUT ROWID;

-- What is known of a URL from earlier runs, and its last result.
CREATE TABLE history (
    url       TEXT PRIMARY KEY,
    site      TEXT NOT NULL,
    ruleset   TEXT NOT NULL,             -- rules the result was made with
    gone      INTEGER NOT NULL,          -- 1: it had vanished
    past      TEXT NOT NULL,             -- JSON: crawler.Past; empty until it is known
    result    TEXT                       -- JSON: the pipeline's result
) STRICT, WITHOUT ROWID;
CREATE INDEX history_site ON history (site, gone);
