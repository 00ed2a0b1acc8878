-- The findings as questions, pages and programs read them: the version in force of each, with what is said of it beside what a run wrote.
--
-- reads:  findings and decisions (of each finding the version and the decision in force, as `findings.written` has them); known(detection, area, flags, techniques, tactics), a row for each of
--         our detections; tactics(technique, tactic), of attack.toml; the macros of risk.sql
-- gives:  schemas.finding.RELATIONS['findings']
--
-- Feedback: what people decided of other findings moves the odds that stand behind the risk, of the same group most, of the same
-- detection some: three times as high for one of the group that was unjustified, a third for one that was justified. A finding's own decision
-- doesn't move it, and what was written is never rewritten: a decision that is replaced moves as the later one says.
--
-- Flags: who is protected, dead or of special interest is nobody's to list. So a finding of a detection that rests on such a flag names
-- here who did it, not about whom; `explain` tells it, one finding at a time, and is recorded with its purpose.
--
-- Handling is the policy by level: what is at least medium is an alert (level 3 near real time, 2 the day's summary, 1 only what concerns
-- a log itself), what is low, or about one person and explained by duty in full, waits for the sample of its level. Where harm is likely (critical)
-- no level makes it wait. Not classified counts as 2: what nobody has judged is not harmless. What concerns a log is of our own area of that name, or a sign of
-- removed traces (T1070) or impaired defences (T1562).
WITH judged AS (
  SELECT s.finding, s.detection, s.group_key, d.verdict = 'justified' AS justified, d.verdict = 'unjustified' AS unjustified
  FROM findings AS s JOIN decisions AS d ON d.finding = s.finding
),
like_it AS (
  SELECT detection, count(*) FILTER (WHERE justified) AS justified, count(*) FILTER (WHERE unjustified) AS unjustified FROM judged GROUP BY detection
),
same AS (
  SELECT detection, group_key, count(*) FILTER (WHERE justified) AS justified, count(*) FILTER (WHERE unjustified) AS unjustified
  FROM judged GROUP BY detection, group_key
),
counted AS (
  SELECT s.*, greatest(s.k, s.r, s.t) AS level,
         coalesce(l.justified, 0) - CASE WHEN j.justified THEN 1 ELSE 0 END AS like_justified,
         coalesce(l.unjustified, 0) - CASE WHEN j.unjustified THEN 1 ELSE 0 END AS like_unjustified,
         coalesce(g.justified, 0) - CASE WHEN j.justified THEN 1 ELSE 0 END AS same_justified,
         coalesce(g.unjustified, 0) - CASE WHEN j.unjustified THEN 1 ELSE 0 END AS same_unjustified
  FROM findings AS s
  LEFT JOIN judged AS j ON j.finding = s.finding
  LEFT JOIN like_it AS l ON l.detection = s.detection
  LEFT JOIN same AS g ON g.detection = s.detection AND g.group_key = s.group_key
),
moved AS (
  SELECT *, risk_moved(risk, risk_harm(level), risk_factor(like_justified, like_unjustified, same_justified, same_unjustified)) AS risk_now
  FROM counted
),
-- A Sigma rule's tags are `attack.t1110.003` and `attack.credential_access`; a feed names a technique in an indicator's label. What a
-- rule says itself of tactics counts before what its techniques are most often used for.
tagged AS (
  SELECT finding, ' ' || replace(lower(array_to_string(list_concat(coalesce(CAST(tags[1] AS VARCHAR[]), []),
                                                                   coalesce(CAST(tags[2] AS VARCHAR[]), [])), '  ')), '_', '-') || ' ' AS said
  FROM (SELECT finding, json_extract(facts, ['$.tags', '$.labels']) AS tags FROM findings
        WHERE starts_with(detection, 'sigma:') OR detection = 'indicator_seen')
),
words AS (
  SELECT said, list_sort(list_distinct(regexp_extract_all(upper(said), '\bT[0-9]{4}(?:\.[0-9]{3})?\b'))) AS techniques
  FROM (SELECT DISTINCT said FROM tagged)
),
told AS (
  SELECT w.said, list_sort(list(t.tactic)) AS tactics
  FROM words AS w JOIN (SELECT DISTINCT tactic FROM tactics) AS t ON contains(w.said, ' attack.' || t.tactic || ' ')
  GROUP BY w.said
),
meant AS (
  SELECT w.said, list_sort(list(DISTINCT t.tactic)) AS tactics
  FROM (SELECT said, unnest(techniques)[1:5] AS technique FROM words) AS w JOIN tactics AS t ON t.technique = w.technique
  GROUP BY w.said
),
signs AS (
  SELECT t.finding, w.techniques, coalesce(s.tactics, m.tactics, []) AS tactics
  FROM tagged AS t JOIN words AS w ON w.said = t.said LEFT JOIN told AS s ON s.said = t.said LEFT JOIN meant AS m ON m.said = t.said
)
SELECT m.finding, m.run, m.found, m.state, m.detection, m.severity, CASE WHEN NOT coalesce(k.flags, false) THEN m.group_key END AS group_key, m.month,
       m.actor_account, m.actor_person, m.actor_unit, CASE WHEN NOT coalesce(k.flags, false) THEN m.about END AS about, m.system, m.asset,
       m.controller, m.k, m.r, m.t, m.first, m.last, m.events, m.explained, m.evidence,
       CASE WHEN NOT coalesce(k.flags, false) THEN m.facts END AS facts,
       m.risk_now AS risk, m.risk AS found_risk, m.like_justified, m.like_unjustified, m.same_justified, m.same_unjustified,
       CASE WHEN m.severity = 'critical' THEN 'at_once'
            WHEN m.severity = 'low' OR (m.about IS NOT NULL AND m.explained >= m.events)
              THEN CASE coalesce(m.level, 2) WHEN 3 THEN 'monthly' WHEN 2 THEN 'quarterly' WHEN 1 THEN 'yearly' ELSE 'none' END
            WHEN coalesce(m.level, 2) = 3 THEN 'at_once'
            WHEN coalesce(m.level, 2) = 2 OR k.area = 'logging'
              OR len(list_filter(coalesce(k.techniques, g.techniques, []), lambda name: name[1:5] IN ('T1070', 'T1562'))) > 0 THEN 'daily'
            WHEN m.level = 1 THEN 'yearly'
            ELSE 'none' END AS handling,
       coalesce(k.techniques, g.techniques, []) AS techniques, coalesce(k.tactics, g.tactics, []) AS tactics
FROM moved AS m
LEFT JOIN known AS k ON k.detection = m.detection AND k.detection <> 'indicator_seen'
LEFT JOIN signs AS g ON g.finding = m.finding
