ALTER TABLE members RENAME COLUMN name TO full_name;
ALTER TABLE books DROP COLUMN internal_note, ADD COLUMN language text;
CREATE UNIQUE INDEX authors_by_name ON authors (lower(name)) WHERE country IS NOT NULL;
