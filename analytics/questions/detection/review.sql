-- question: review
-- asks:     Which employees' findings should be looked at this month, the most urgent first, and how many does the budget cover?
-- sv:       Vilka fynd ska granskas den här månaden, i vilken ordning, och hur många räcker granskningstiden till?
-- params:   month TEXT (2026-03, without: every month) = NULL; unit TEXT (only this unit) = NULL; items_per_thousand INTEGER (items that
--           are looked at for 1,000 employees and month, by the settings if they say another) = 20; least INTEGER (risk below which nothing is
--           handed out) = 100; decided BOOLEAN (also items in which every finding is settled) = false
-- returns:  month TEXT, place BIGINT, unit_place BIGINT, within_budget BOOLEAN, within_unit BOOLEAN, actor_unit TEXT, actor_person TEXT,
--           actor_account TEXT, risk BIGINT, handling TEXT, k INTEGER, findings BIGINT, detections TEXT[], events BIGINT, explained BIGINT,
--           first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ, open BIGINT, finding TEXT
-- counts:   an item is all findings of one employee (account, where the person isn't known) in a month; a finding that is nobody's
--           is an item by itself. risk is that of the item: the highest of its findings, and 50 more for each other detection that
--           found something at least half as urgent
--           (unexplained_looks says no more than that it is unexplained, so it adds nothing). place counts the municipality's items, unit_place the unit's. finding is the most urgent one.
--           within_budget: the municipality's budget, for all its employees, reaches so far; within_unit: that of the employee's own unit
--           does, for its employees, at least one item; what is of no unit has the municipality's. handling is the most urgent of the
--           findings'. Without a staff directory the accounts that took part of anything are counted for employees.
--           Findings whose events have been computed again since, and no longer give them, are not there
-- order:    by month, the latest first, then place
-- limits:   what no detection finds is not here: see the share that is explained. A person decides, never the rule
-- sv_counts: en rad är alla fynd om en medarbetare (ett konto, där personen inte är känd) under en månad; ett fynd som inte är
--           någons är en egen rad. Risken är den högsta bland fynden, och 50 till för varje annan regel som har gett ett minst
--           hälften så brådskande fynd. Platsen räknas i hela kommunen, och för sig i enheten. Fyndet är det mest brådskande.
--           Kommunens granskningstid räknas på alla medarbetare, enhetens på dess egna och räcker till minst en rad; det som inte hör till
--           någon enhet räknas till kommunens. Hanteringen är den mest brådskande bland fynden. Utan personalkatalog räknas de konton
--           som har tagit del av något som medarbetare. Fynd vars händelser har räknats om och inte längre ger dem är inte med
-- sv_limits: det som ingen regel ser är inte här: se andelen förklarad åtkomst. En människa beslutar, aldrig regeln
SELECT month, place, unit_place, points >= $least AND place * 1000 < staff * $items_per_thousand + 1000 AS within_budget,
       points >= $least AND CASE WHEN actor_unit IS NULL THEN place * 1000 < staff * $items_per_thousand + 1000
                                 ELSE unit_place * 1000 < greatest(unit_staff, 1) * $items_per_thousand + 1000 END AS within_unit,
       actor_unit, actor_person, actor_account, points AS risk, handling, k, findings, detections, events, explained, first_utc, last_utc,
       open, finding
FROM review_items
WHERE ($month IS NULL OR month = $month) AND ($unit IS NULL OR actor_unit = $unit) AND ($decided OR open > 0)
ORDER BY month DESC, place
