WITH points AS (
    SELECT player_id, sum(points) AS total FROM results GROUP BY player_id
)
SELECT p.name /* FROM referees */
FROM points
JOIN players p ON p.id = points.player_id
ORDER BY points.total DESC
