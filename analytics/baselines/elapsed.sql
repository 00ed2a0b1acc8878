-- How much time had passed until each period with events, in parts of the memory: what is decayed by.
--
-- reads:   facts; $hours, $days = a period's length; $memory_days
-- returns: period, age: exp(age) stays a number
-- Nobody's clock stands still for a hundred days, but a wrong one may say 1601 or 9999: then such gaps count for so much less that
-- all of them together are no more than 600 memories. What lies before one of them is forgotten all the same.
WITH steps AS (
  SELECT period, coalesce((period - lag(period) OVER (ORDER BY period)) * $days / $memory_days, 0) AS step
  FROM (SELECT DISTINCT (hour // $hours)::INTEGER AS period FROM facts)
),
bounded AS (
  SELECT period, CASE WHEN step > 100 / $memory_days THEN least(step, 600.0 / count(*) FILTER (step > 100 / $memory_days) OVER ()) ELSE step END AS step
  FROM steps
)
SELECT period, least(sum(step) OVER (ORDER BY period ROWS UNBOUNDED PRECEDING), 700)::DOUBLE AS age FROM bounded
