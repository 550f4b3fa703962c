CREATE TABLE authors (
    id bigserial PRIMARY KEY,
    name text NOT NULL,
    country text
);

CREATE TABLE books (
    id bigserial PRIMARY KEY,
    author_id bigint NOT NULL REFERENCES authors,
    isbn text NOT NULL UNIQUE,
    title text NOT NULL,
    copies int NOT NULL DEFAULT 1,
    internal_note text
);

CREATE TABLE categories (
    id bigint PRIMARY KEY,
    parent bigint REFERENCES categories,
    label text NOT NULL
);

CREATE TABLE members (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL UNIQUE,
    name text NOT NULL,
    password_hash text NOT NULL
);
