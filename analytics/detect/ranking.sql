-- How urgent a finding is: severity by the level of what was touched, and risk, 0-1000.
--
-- reads:  versions (as findings.sql gives them); held: the findings in force; employees; the macros of risk.sql
-- gives:  the same, with severity, events and risk
--
-- Severity: one step up at level 3, one down at level 1 and below, and one down where all is about one person and duty explains all of
-- it. What is low says no more than that something is unexplained, most often for a row that is missing, so no level raises it: at level 3
-- the policy has it looked at in the month's sample (listed.sql), and does not call it an alert.
--
-- Risk = how seldom innocent people give such a finding x what the classification says the harm is. The first is odds: those that the
-- detection's severity says, times a power of what the finding tells, through how common its like are: other findings of the same
-- detection that tell as much within thirty days, for 1,000 staff (fewer than 500 count as 500). What people decided moves it as it is
-- read (listed.sql). What a finding tells: `telling` of the detection's row if it has that column; else its events, of
-- which, where all is about one person, those that duty explains count a twentieth, and half a look may be a slip; and of that a half, a
-- third … where one, two … of the unit's others have a reason for the same (the row's column `colleagues`). It counts by the power
-- 3/2 where all is about one person, since innocent mistakes are made once, else 1/2. Numbers: risk.sql.
WITH known AS (
  SELECT finding, detection, state, last, facts, about, explained, len(evidence) AS events, true AS new FROM versions
  UNION ALL
  SELECT finding, detection, state, last, facts, about, explained, events, false
  FROM held WHERE finding NOT IN (SELECT finding FROM versions)
),
told AS (
  SELECT *, risk_telling(facts, about, events, explained) / (1 + risk_colleagues(facts)) AS telling
  FROM known
),
staff AS (
  SELECT greatest(500, count(DISTINCT person)) AS staff
  FROM employees WHERE valid_to IS NULL OR valid_to > (SELECT min(first) FROM versions)
),
common AS (
  SELECT n.finding, any_value(n.telling) AS telling, 1000.0 * count(o.finding) / (SELECT staff FROM staff) AS alike
  FROM told AS n
  LEFT JOIN told AS o
    ON o.detection = n.detection AND o.finding <> n.finding AND o.telling >= n.telling AND o.state = 'found'
   AND o.last >= n.last - INTERVAL 30 DAY AND o.last <= n.last + INTERVAL 30 DAY
  WHERE n.new
  GROUP BY n.finding
),
levelled AS (
  SELECT *, len(evidence) AS events, greatest(k, r, t) AS level,
         CASE severity WHEN 'low' THEN 0 WHEN 'medium' THEN 1 WHEN 'high' THEN 2 ELSE 3 END AS said
  FROM versions
),
stepped AS (
  SELECT *, greatest(0, CASE WHEN said = 0 THEN 0
                             ELSE least(3, said + CASE WHEN level = 3 THEN 1 WHEN level <= 1 THEN -1 ELSE 0 END)
                                  - CASE WHEN about IS NOT NULL AND explained >= events THEN 1 ELSE 0 END END) AS step
  FROM levelled
),
likely AS (
  SELECT v.*, risk_base(v.severity) * power(c.telling, risk_power(v.about)) / (1 + c.alike) AS odds
  FROM stepped AS v
  JOIN common AS c USING (finding)
)
SELECT v.* EXCLUDE (severity, step, said, level, odds), ['low', 'medium', 'high', 'critical'][v.step + 1] AS severity,
       CAST(round(1000 * v.odds / (1 + v.odds) * risk_harm(v.level)) AS INTEGER) AS risk
FROM likely AS v
