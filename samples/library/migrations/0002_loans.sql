CREATE SEQUENCE receipt_numbers;

CREATE TABLE loans (
    id bigserial PRIMARY KEY,
    book_id bigint NOT NULL REFERENCES books,
    member_id bigint NOT NULL REFERENCES members,
    due date NOT NULL DEFAULT current_date + 14,
    returned_at timestamptz,
    receipt bigint NOT NULL,
    CONSTRAINT one_loan UNIQUE (book_id, member_id)
);

CREATE TABLE book_counts (
    author_id bigint PRIMARY KEY,
    books bigint NOT NULL
);

CREATE SCHEMA audit;

CREATE TABLE audit.events (
    id bigserial PRIMARY KEY,
    what text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
