-- The loans table is not needed here.
SELECT b.title, p.name AS publisher
FROM books AS b
JOIN publishers AS p ON p.id = b.publisher_id
WHERE b.author_id = $1
