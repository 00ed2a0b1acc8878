-- How many actors there were before each period, and how many came in it.
--
-- reads: active
SELECT period, (sum(newcomers) OVER (ORDER BY period ROWS UNBOUNDED PRECEDING) - newcomers)::INTEGER AS actors, newcomers::INTEGER AS newcomers
FROM (SELECT period, count(*) FILTER (before = 0) AS newcomers FROM active GROUP BY period)
