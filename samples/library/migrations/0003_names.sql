ALTER TABLE members RENAME COLUMN name TO full_name;
ALTER TABLE books DROP COLUMN internal_note, ADD COLUMN language text;
