TRUNCATE authors, books, categories, members, loans, book_counts, audit.events RESTART IDENTITY CASCADE;
INSERT INTO authors (name, country) VALUES ('Selma', 'Sweden'), ('Karel', NULL);
INSERT INTO books (author_id, isbn, title, copies, language) VALUES (1, 'a', 'Nils', 2, 'sv'), (1, 'b', 'Jerusalem', 0, NULL);
INSERT INTO categories VALUES (1, NULL, 'Fiction'), (2, 1, 'Fantasy');
INSERT INTO members (email, full_name, password_hash) VALUES ('ann@example.org', 'Ann', '-'), ('bob@example.org', 'Bob', '-');
INSERT INTO loans (book_id, member_id, due, returned_at, receipt)
VALUES (1, 2, current_date - 1, NULL, 1), (2, 2, current_date, now(), 2);
INSERT INTO book_counts VALUES (1, 1);
