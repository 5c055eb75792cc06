-- What the start of a run reads of every page, without the rest of it. A row
-- with an empty class has all of it in past.
ALTER TABLE history ADD COLUMN class TEXT NOT NULL DEFAULT '';
ALTER TABLE history ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;
ALTER TABLE history ADD COLUMN changed INTEGER NOT NULL DEFAULT 0; -- unix nanoseconds
