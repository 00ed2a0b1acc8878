-- The kinds of act, numbered from 2 by first appearance (0 and 1 are volumes.sql's own).
--
-- reads: facts, acts
SELECT act, system, action, outcome, (row_number() OVER (ORDER BY first, act) + 1)::INTEGER AS number
FROM acts JOIN (SELECT act, min(hour) AS first FROM facts GROUP BY act) USING (act)
