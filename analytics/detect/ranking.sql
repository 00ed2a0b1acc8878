-- How urgent a finding is: severity by the level of what was touched, and risk, 0-1000.
--
-- reads:  versions (as findings.sql gives them); held and decided: the findings in force and the last decisions
-- gives:  the same, with severity, events and risk
--
-- Risk = how seldom innocent people give such a finding x what the classification says the harm is. The first starts, as odds, from
-- the detection's severity; it is multiplied by a power of the number of events, since innocent mistakes are made once: 3/2 where
-- all is about one person, else 1/2. Where it is, it falls as far as duty explains them; and it moves with what people decided of its like: of the same group
-- most, of the same detection some. Numbers: chosen on made-up municipalities (docs/detection.md).
WITH levelled AS (
  SELECT *, len(evidence) AS events, greatest(k, r, t) AS level,
         CASE severity WHEN 'low' THEN 0 WHEN 'medium' THEN 1 WHEN 'high' THEN 2 ELSE 3 END AS step
  FROM versions
),
raised AS (
  SELECT * REPLACE (step + CASE WHEN level = 3 AND step < 3 THEN 1 WHEN level <= 1 AND step > 0 THEN -1 ELSE 0 END AS step), step AS said
  FROM levelled
),
judged_before AS (
  SELECT h.detection, h.group_key, count(*) FILTER (WHERE d.verdict = 'justified') AS justified,
         count(*) FILTER (WHERE d.verdict = 'unjustified') AS unjustified
  FROM held AS h JOIN decided AS d USING (finding)
  GROUP BY h.detection, h.group_key
),
of_detection AS (
  SELECT detection, sum(justified) AS justified, sum(unjustified) AS unjustified FROM judged_before GROUP BY detection
),
likely AS (
  SELECT v.*, [0.08, 0.4, 1.5, 5.0][v.said + 1]
              * power(greatest(v.events, 1), CASE WHEN v.about IS NULL THEN 0.5 ELSE 1.5 END)
              * CASE WHEN v.about IS NULL THEN 1 ELSE 1 - 0.6 * v.explained / greatest(v.events, 1) END
              * (1 + coalesce(d.unjustified, 0)) / (1 + coalesce(d.unjustified, 0) + 0.25 * coalesce(d.justified, 0))
              * (1 + coalesce(o.unjustified, 0)) / (1 + coalesce(o.unjustified, 0) + 2.0 * coalesce(o.justified, 0)) AS odds
  FROM raised AS v
  LEFT JOIN of_detection AS d USING (detection)
  LEFT JOIN judged_before AS o ON o.detection = v.detection AND o.group_key = v.group_key
)
SELECT v.* EXCLUDE (severity, step, said, level, odds), ['low', 'medium', 'high', 'critical'][v.step + 1] AS severity,
       CAST(round(1000 * v.odds / (1 + v.odds)
                       * CASE v.level WHEN 3 THEN 1.0 WHEN 2 THEN 0.9 WHEN 1 THEN 0.7 WHEN 0 THEN 0.5 ELSE 0.8 END) AS INTEGER) AS risk
FROM likely AS v
