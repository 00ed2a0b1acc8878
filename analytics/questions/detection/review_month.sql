-- question: review_month
-- asks:     How many employees' findings are there to look at in a month, how many does the budget cover, and how many remain?
-- sv:       Hur många granskningsärenden finns för månaden, hur många ryms i granskningstiden, och hur många återstår?
-- params:   month TEXT (2026-03, without: every month) = NULL; unit TEXT (only this unit's items) = NULL; items_per_thousand INTEGER (items that are looked at for 1,000
--           employees and month, by the settings if they say another) = 20; least INTEGER (risk below which nothing is handed out) = 100
-- returns:  month TEXT, staff BIGINT, items BIGINT, budget BIGINT, handed BIGINT, open BIGINT, open_within BIGINT, open_handed BIGINT
-- counts:   items as `review` makes and ranks them; staff = employees, without a directory the accounts that took part of anything;
--           budget = items within the municipality's budget; handed = those within their units' budgets; open = those with a finding that
--           nobody has settled; open_within, open_handed = those of them within either budget
-- order:    by month, the latest first
-- limits:   as of `review`, without saying whose they are
-- sv_counts: medarbetare med fynd, ordnade som i granskningen; ryms är de som ryms i kommunens granskningstid och utdelade de som ryms i
--           sin enhets; återstår är de med ett fynd som ingen har avgjort. Utan personalkatalog räknas de konton som har tagit del av
--           något som medarbetare
-- sv_limits: som för granskningen, utan att säga vilka de är
WITH judged AS (
  SELECT month, staff, CASE WHEN open > 0 THEN 1 ELSE 0 END AS open,
         CASE WHEN points >= $least AND place * 1000 < staff * $items_per_thousand + 1000 THEN 1 ELSE 0 END AS within,
         CASE WHEN points >= $least AND CASE WHEN actor_unit IS NULL THEN place * 1000 < staff * $items_per_thousand + 1000
                                             ELSE unit_place * 1000 < greatest(unit_staff, 1) * $items_per_thousand + 1000 END
              THEN 1 ELSE 0 END AS handed
  FROM review_items
  WHERE ($month IS NULL OR month = $month) AND ($unit IS NULL OR actor_unit = $unit)
)
SELECT month, max(staff) AS staff, count(*) AS items, CAST(sum(within) AS BIGINT) AS budget, CAST(sum(handed) AS BIGINT) AS handed,
       CAST(sum(open) AS BIGINT) AS open, CAST(sum(open * within) AS BIGINT) AS open_within, CAST(sum(open * handed) AS BIGINT) AS open_handed
FROM judged
GROUP BY month
ORDER BY month DESC
