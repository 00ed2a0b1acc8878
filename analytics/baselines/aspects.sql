-- What is looked at apart: things and containers by system, the rest for all systems together; numbered by first appearance.
--
-- reads: act_numbers
SELECT facet, system, (row_number() OVER (ORDER BY first, part) - 1)::INTEGER AS aspect
FROM (SELECT f.facet, f.part, s.system, s.first
      FROM (VALUES ('thing', 6), ('container', 7)) AS f (facet, part),
           (SELECT system, min(number) AS first FROM act_numbers GROUP BY system) AS s
      UNION ALL
      SELECT facet, part, NULL, 0
      FROM (VALUES ('subject', 0), ('target', 1), ('act', 2), ('act_time', 3), ('place', 4), ('link', 5)) AS f (facet, part))
