WITH RECURSIVE path (id, parent, label) AS (
    SELECT id, parent, label FROM categories WHERE id = $1
    UNION ALL
    SELECT up.id, up.parent, up.label FROM categories up JOIN path ON path.parent = up.id
)
SELECT string_agg(label, ' / ') FROM path
