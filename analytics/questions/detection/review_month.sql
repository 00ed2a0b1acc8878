-- question: review_month
-- asks:     How many employees' findings are there to look at in a month, how many does the budget cover, and how many remain?
-- sv:       Hur många granskningsärenden finns för månaden, hur många ryms i granskningstiden, och hur många återstår?
-- params:   month TEXT (2026-03, without: every month) = NULL; items_per_thousand INTEGER (items that are looked at for 1,000
--           employees and month) = 20; least INTEGER (risk below which nothing is handed out) = 100
-- returns:  month TEXT, items BIGINT, budget BIGINT, open BIGINT, open_within BIGINT
-- counts:   items as `review` makes and ranks them; budget = those within the budget; open = those with a finding that nobody has
--           settled; open_within = those of them within the budget
-- order:    by month, the latest first
-- limits:   as of `review`, without saying whose they are
-- sv_counts: medarbetare med fynd, ordnade som i granskningen; ryms är de som ryms i granskningstiden; återstår är de med ett fynd
--           som ingen har avgjort
-- sv_limits: som för granskningen, utan att säga vilka de är
WITH known AS (
  SELECT f.month, coalesce(f.actor_person, f.actor_account, f.finding) AS item, f.detection, f.risk, f.first, f.last,
         CASE WHEN d.verdict IS NULL THEN 1 ELSE 0 END AS open,
         row_number() OVER (PARTITION BY f.month, coalesce(f.actor_person, f.actor_account, f.finding)
                            ORDER BY f.risk DESC, f.finding) AS urgency
  FROM findings AS f LEFT JOIN decisions AS d ON d.finding = f.finding
  WHERE f.state = 'found' AND ($month IS NULL OR f.month = $month)
),
weighed AS (
  SELECT k.*, max(k.risk) OVER (PARTITION BY k.month, k.item) AS most FROM known AS k
),
ranked AS (
  SELECT month, item,
         least(1000, max(risk) + 50 * count(DISTINCT CASE WHEN 2 * risk >= most AND detection <> 'unexplained_looks' OR urgency = 1
                                                              THEN detection END) - 50) AS points,
         min(first) AS first_utc, max(last) AS last_utc, max(open) AS open
  FROM weighed
  GROUP BY month, item
),
placed AS (
  SELECT month, row_number() OVER (PARTITION BY month ORDER BY points DESC, item) AS place, points, open FROM ranked
),
staff AS (
  SELECT m.month, count(DISTINCT p.person) AS staff
  FROM (SELECT month, min(first_utc) AS first_utc, max(last_utc) AS last_utc FROM ranked GROUP BY month) AS m
  JOIN people AS p ON p.valid_from <= m.last_utc AND (p.valid_to IS NULL OR p.valid_to > m.first_utc)
  GROUP BY m.month
),
judged AS (
  SELECT p.month, p.open, CASE WHEN p.points >= $least AND p.place * 1000 < coalesce(s.staff, 0) * $items_per_thousand + 1000 THEN 1 ELSE 0 END AS within
  FROM placed AS p LEFT JOIN staff AS s ON s.month = p.month
)
SELECT month, count(*) AS items, CAST(sum(within) AS BIGINT) AS budget, CAST(sum(open) AS BIGINT) AS open,
       CAST(sum(open * within) AS BIGINT) AS open_within
FROM judged
GROUP BY month
ORDER BY month DESC
