-- question: threat_trend
-- asks:     How have findings and the share of explained access developed month by month, by nämnd?
-- sv:       Hur har fynden och den förklarade åtkomsten utvecklats månad för månad, per nämnd?
-- params:   month TEXT (2026-03, no later months, without: all) = NULL; controller TEXT (only of this nämnd, - for none) = NULL
-- returns:  month TEXT, controller TEXT, findings BIGINT, severe BIGINT, open BIGINT, unjustified BIGINT, accesses BIGINT, explained BIGINT
-- counts:   findings as they stand, by the controller of the asset and the month of the first evidence; severe = severity high or
--           critical; open = nothing decided yet; unjustified = decided so. Accesses that need an explanation and those that have one, by
--           the controller of the unit
-- order:    by month, the earliest first, then controller
-- limits:   a month without findings and without judged accesses has no row. What no detection finds is not here
-- sv_counts: fynd så som de står, efter tillgångens personuppgiftsansvariga och månaden för det första underlaget; allvarliga är
--           högt eller kritiskt allvar; oavgjorda saknar beslut; obefogade är beslutade så. Åtkomst som kräver förklaring och den
--           som har en, efter enhetens personuppgiftsansvariga
-- sv_limits: en månad utan fynd och utan bedömd åtkomst har ingen rad. Det som ingen regel ser är inte här
WITH found AS (
  SELECT f.month, f.controller, count(*) AS findings, count(CASE WHEN f.severity IN ('high', 'critical') THEN 1 END) AS severe,
         count(CASE WHEN d.verdict IS NULL THEN 1 END) AS open, count(CASE WHEN d.verdict = 'unjustified' THEN 1 END) AS unjustified
  FROM findings AS f LEFT JOIN decisions AS d ON d.finding = f.finding
  WHERE f.state = 'found'
  GROUP BY f.month, f.controller
),
judged AS (
  SELECT s.month, u.controller, CAST(sum(s.accesses) AS BIGINT) AS accesses, CAST(sum(s.explained) AS BIGINT) AS explained
  FROM shares AS s LEFT JOIN (SELECT unit, max(controller) AS controller FROM units GROUP BY unit) AS u ON u.unit = s.unit
  WHERE s.explanation IS NULL
  GROUP BY s.month, u.controller
),
counted AS (
  SELECT month, controller, findings, severe, open, unjustified, 0 AS accesses, 0 AS explained FROM found
  UNION ALL
  SELECT month, controller, 0 AS findings, 0 AS severe, 0 AS open, 0 AS unjustified, accesses, explained FROM judged
)
SELECT month, controller, CAST(sum(findings) AS BIGINT) AS findings, CAST(sum(severe) AS BIGINT) AS severe,
       CAST(sum(open) AS BIGINT) AS open, CAST(sum(unjustified) AS BIGINT) AS unjustified, CAST(sum(accesses) AS BIGINT) AS accesses,
       CAST(sum(explained) AS BIGINT) AS explained
FROM counted
WHERE ($month IS NULL OR month <= $month) AND ($controller IS NULL OR coalesce(controller, '-') = $controller)
GROUP BY month, controller
ORDER BY month, controller
