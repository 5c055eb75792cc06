-- When the page of a finding was published, as it says: 2006-01-02, with or
-- without 15:04 behind it.
ALTER TABLE cases ADD COLUMN published TEXT NOT NULL DEFAULT '';
