-- question: review
-- asks:     Which employees' findings should be looked at this month, the most urgent first, and how many does the budget cover?
-- sv:       Vilka fynd ska granskas den här månaden, i vilken ordning, och hur många räcker granskningstiden till?
-- params:   month TEXT (2026-03, without: every month) = NULL; unit TEXT (only this unit) = NULL; items_per_thousand INTEGER (items that
--           are looked at for 1,000 employees and month) = 20; least INTEGER (risk below which nothing is handed out) = 100;
--           decided BOOLEAN (also items in which every finding is settled) = false
-- returns:  month TEXT, place BIGINT, unit_place BIGINT, within_budget BOOLEAN, actor_unit TEXT, actor_person TEXT,
--           actor_account TEXT, risk BIGINT, k INTEGER, findings BIGINT, detections TEXT[], events BIGINT, explained BIGINT,
--           first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ, open BIGINT, finding TEXT
-- counts:   an item is all findings of one employee (account, where the person isn't known) in a month; a finding that is nobody's
--           is an item by itself. risk is that of the item: the highest of its findings, and 50 more for each other detection that
--           found something at least half as urgent
--           (unexplained_looks says no more than that it is unexplained, so it adds nothing). place counts the municipality's items, unit_place the unit's. finding is the most urgent one.
--           Findings whose events have been computed again since, and no longer give them, are not there
-- order:    by month, the latest first, then place
-- limits:   what no detection finds is not here: see the share that is explained. A person decides, never the rule
-- sv_counts: en rad är alla fynd om en medarbetare (ett konto, där personen inte är känd) under en månad; ett fynd som inte är
--           någons är en egen rad. Risken är den högsta bland fynden, och 50 till för varje annan regel som har gett ett minst
--           hälften så brådskande fynd. Platsen räknas i hela kommunen, och för sig i enheten. Fyndet är det mest brådskande. Fynd
--           vars händelser har räknats om och inte längre ger dem är inte med
-- sv_limits: det som ingen regel ser är inte här: se andelen förklarad åtkomst. En människa beslutar, aldrig regeln
WITH known AS (
  SELECT f.month, coalesce(f.actor_person, f.actor_account, f.finding) AS item, f.finding, f.detection, f.actor_person, f.actor_account,
         f.actor_unit, f.risk, f.k, f.events, f.explained, f.first, f.last, CASE WHEN d.verdict IS NULL THEN 1 ELSE 0 END AS open,
         row_number() OVER (PARTITION BY f.month, coalesce(f.actor_person, f.actor_account, f.finding)
                            ORDER BY f.risk DESC, f.finding) AS urgency
  FROM findings AS f LEFT JOIN decisions AS d ON d.finding = f.finding
  WHERE f.state = 'found' AND ($month IS NULL OR f.month = $month)
),
weighed AS (
  SELECT k.*, max(k.risk) OVER (PARTITION BY k.month, k.item) AS most FROM known AS k
),
items AS (
  SELECT month, item, max(actor_person) AS actor_person, max(CASE WHEN urgency = 1 THEN actor_account END) AS actor_account,
         max(CASE WHEN urgency = 1 THEN actor_unit END) AS actor_unit, max(CASE WHEN urgency = 1 THEN finding END) AS finding,
         least(1000, max(risk) + 50 * count(DISTINCT CASE WHEN 2 * risk >= most AND detection <> 'unexplained_looks' OR urgency = 1
                                                              THEN detection END) - 50) AS points, max(k) AS k, count(*) AS findings,
         list_sort(list(DISTINCT detection) FILTER (WHERE detection IS NOT NULL)) AS detections,
         CAST(sum(events) AS BIGINT) AS events, CAST(sum(explained) AS BIGINT) AS explained, min(first) AS first_utc, max(last) AS last_utc,
         CAST(sum(open) AS BIGINT) AS open
  FROM weighed
  GROUP BY month, item
),
placed AS (
  SELECT i.month, row_number() OVER (PARTITION BY i.month ORDER BY i.points DESC, i.item) AS place,
         row_number() OVER (PARTITION BY i.month, i.actor_unit ORDER BY i.points DESC, i.item) AS unit_place, i.actor_unit,
         i.actor_person, i.actor_account, i.points, i.k, i.findings, i.detections, i.events, i.explained, i.first_utc, i.last_utc,
         i.open, i.finding
  FROM items AS i
),
staff AS (
  SELECT m.month, count(DISTINCT p.person) AS staff
  FROM (SELECT month, min(first_utc) AS first_utc, max(last_utc) AS last_utc FROM items GROUP BY month) AS m
  JOIN people AS p ON p.valid_from <= m.last_utc AND (p.valid_to IS NULL OR p.valid_to > m.first_utc)
  GROUP BY m.month
)
SELECT p.month, p.place, p.unit_place,
       p.points >= $least AND p.place * 1000 < coalesce(s.staff, 0) * $items_per_thousand + 1000 AS within_budget, p.actor_unit, p.actor_person,
       p.actor_account, p.points AS risk, p.k, p.findings, p.detections, p.events, p.explained,
       p.first_utc, p.last_utc, p.open, p.finding
FROM placed AS p LEFT JOIN staff AS s ON s.month = p.month
WHERE ($unit IS NULL OR p.actor_unit = $unit) AND ($decided OR p.open > 0)
ORDER BY p.month DESC, p.place
