-- Books of one author, the newest first.
SELECT title, copies
FROM books
JOIN authors ON authors.id = author_id
WHERE author_id = $1 AND country IS NOT NULL
ORDER BY books.id DESC
