-- The periods in which each actor did anything.
--
-- reads:   facts, actors, elapsed; $hours = a period's length
-- returns: weight = the decayed number of earlier such periods; before = their number; level = the highest that was touched
SELECT actor, period, level, (sum(exp(age)) OVER earlier - exp(age)) * exp(-age) AS weight, (row_number() OVER earlier - 1)::INTEGER AS before
FROM (SELECT a.actor, (f.hour // $hours)::INTEGER AS period, max(f.level) AS level FROM facts AS f JOIN actors AS a USING (who) GROUP BY ALL)
JOIN elapsed USING (period)
WINDOW earlier AS (PARTITION BY actor ORDER BY period ROWS UNBOUNDED PRECEDING)
