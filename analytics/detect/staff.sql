-- How many employees each unit had in a month, and the whole municipality (unit NULL).
--
-- reads:  employees; months(month), those that are asked for
-- gives:  schemas.finding.RELATIONS['staff']
WITH periods AS (
  SELECT month, CAST(month || '-01 00:00:00+00' AS TIMESTAMPTZ) AS start,
         CAST(month || '-01 00:00:00+00' AS TIMESTAMPTZ) + INTERVAL 1 MONTH AS stop
  FROM months
),
employed AS (
  SELECT p.month, e.unit, e.person
  FROM periods AS p JOIN employees AS e ON e.valid_from < p.stop AND (e.valid_to IS NULL OR e.valid_to > p.start)
)
SELECT month, NULL AS unit, count(DISTINCT person) AS staff FROM employed GROUP BY month
UNION ALL
SELECT month, unit, count(DISTINCT person) AS staff FROM employed WHERE unit IS NOT NULL GROUP BY month, unit
ORDER BY month, unit NULLS FIRST
