-- `compared` and `entries` as rows of `indicators`: the clauses of which every comparison can be used. Of what stands several times in a
-- file the last counts; `known_from` stays that of the first time.
WITH clauses AS (
  SELECT entry, clause, string_agg(DISTINCT wanted, ' and ' ORDER BY wanted) AS wanted, count(DISTINCT wanted) AS terms
  FROM compared GROUP BY entry, clause HAVING count(reject) = 0),
named AS (
  SELECT entry, coalesce(nullif(any_value(e.id), ''), left(sha256(min(c.wanted)), 16)) AS indicator
  FROM entries AS e JOIN clauses AS c USING (entry) GROUP BY entry),
before AS (
  SELECT indicator, min(known_from) AS known_from FROM standing WHERE source = $source GROUP BY indicator),
latest AS (
  SELECT indicator, max(entry) AS entry FROM named GROUP BY indicator)
SELECT DISTINCT $source AS source, n.indicator, left(sha256($source || chr(10) || n.indicator || chr(10) || c.wanted), 16) AS clause, c.wanted,
       dense_rank() OVER (PARTITION BY c.entry, c.clause ORDER BY t.wanted) AS term, c.terms, t.type, unnest(t.values) AS value, e.confidence, nullif(e.label, '') AS label,
       coalesce(e.valid_from, TIMESTAMPTZ '1601-01-01 00:00:00+00') AS valid_from,
       CASE WHEN $expires_days IS NULL THEN e.valid_to ELSE coalesce(e.valid_to, coalesce(e.valid_from, $now) + to_days($expires_days::INTEGER)) END AS valid_to,
       coalesce(b.known_from, $now) AS known_from
FROM latest AS n JOIN entries AS e USING (entry) JOIN clauses AS c USING (entry) JOIN compared AS t ON t.entry = c.entry AND t.clause = c.clause
LEFT JOIN before AS b ON b.indicator = n.indicator
