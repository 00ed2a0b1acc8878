-- question: leaver_accounts
-- asks:     Who still holds accounts though the employment has ended, and which rights are left?
-- sv:       Vilka har kvar konton fast anställningen har upphört, och vilka behörigheter har de kvar?
-- params:   controller TEXT (only of this nämnd, - for none) = NULL; now TIMESTAMPTZ (as of when, without: the present) = NULL
-- returns:  actor_person TEXT, actor_unit TEXT, controller TEXT, employed_to TIMESTAMPTZ, accounts TEXT[], duties TEXT[], rights BIGINT,
--           rights_after BIGINT, last_utc TIMESTAMPTZ, acted_after BOOLEAN
-- counts:   a row for each person whose employment is over and who has an account in force. accounts = those, by every name that the directory
--           knows (one account may have several); duties = their duties in force, as system: role; rights = rights, memberships and shared
--           things that a log tells were given to the person and no log tells were taken away; rights_after = those of them that were
--           given when the employment had ended, and none was in force; last_utc = the latest act of the person, or of these accounts, in any
--           system; empty = none is in the lake. acted_after: it lies after employed_to, so it was made by an account that should have been closed
-- order:    by employed_to, the person and the unit
-- limits:   as the directory has it: an account that is closed in its system and not in the directory's file is here all the same, and with it
--           its rights. A right that was given before the logs begin, by a group in a group, or to a name that only the log or only the directory
--           writes with a domain is not counted, and one that two systems tell of is counted in each, as in rights_given
-- sv_counts: en rad för varje person som har slutat och har konton som gäller. Konton står med alla namn som personalkatalogen har (ett
--           konto kan ha flera). Uppdragen är de förvaltningsuppdrag som gäller för kontona. Behörigheter är de behörigheter, roller,
--           medlemskap och delade saker som enligt loggarna har getts till personen och inte tagits bort; av dem räknas de för sig
--           som gavs när anställningen hade upphört. Senast är personens eller kontonas senaste
--           åtgärd i något system; tomt betyder att ingen finns. En åtgärd efter anställningens slut gjordes med ett konto som borde ha
--           varit stängt
-- sv_limits: så som personalkatalogen har det: ett konto som är stängt i sitt system men inte i katalogens fil är ändå med, och
--           likaså dess behörigheter. En behörighet som gavs innan loggarna börjar, genom en grupp i en grupp, eller till ett konto
--           som bara loggen eller bara katalogen skriver med domän räknas inte, och en som två system talar om räknas i vart och
--           ett, som i frågan om en persons behörigheter
WITH left_with AS (
  SELECT p.person, p.unit, u.controller, p.employed_to, a.account, a.valid_from, a.valid_to
  FROM people AS p
  JOIN accounts AS a ON a.person = p.person AND a.valid_from <= $now AND (a.valid_to IS NULL OR a.valid_to > $now)
  LEFT JOIN units AS u ON u.unit = p.unit AND u.valid_from <= $now AND (u.valid_to IS NULL OR u.valid_to > $now)
  WHERE p.employed_to <= $now AND p.valid_from <= $now AND (p.valid_to IS NULL OR p.valid_to > $now)
    AND ($controller IS NULL OR coalesce(u.controller, '-') = $controller)
),
did AS (
  SELECT actor_person AS person, max(time) AS last_utc
  FROM events
  WHERE time <= $now AND actor_person IN (SELECT person FROM left_with)
  GROUP BY actor_person
  UNION ALL
  SELECT a.person, max(e.time) AS last_utc
  FROM events AS e
  JOIN left_with AS a ON lower(a.account) = lower(e.actor_account) AND e.time >= a.valid_from AND (a.valid_to IS NULL OR e.time < a.valid_to)
  WHERE e.time <= $now AND e.actor_person IS NULL
  GROUP BY a.person
),
acted AS (
  SELECT person, max(last_utc) AS last_utc FROM did GROUP BY person
),
named AS (
  SELECT DISTINCT person, lower(account) AS account FROM left_with
),
holding AS (
  SELECT person, list_sort(list(account) FILTER (WHERE account IS NOT NULL)) AS accounts FROM named GROUP BY person
),
duty AS (
  SELECT DISTINCT n.person, d.system || coalesce(': ' || d.role, '') AS duty
  FROM named AS n JOIN duties AS d ON lower(d.account) = n.account
  WHERE d.valid_from <= $now AND (d.valid_to IS NULL OR d.valid_to > $now)
),
on_duty AS (
  SELECT person, list_sort(list(duty) FILTER (WHERE duty IS NOT NULL)) AS duties FROM duty GROUP BY person
),
-- Whoever had the account when the right was given, by all accounts that the person ever had.
had AS (
  SELECT person, account_key(account) AS account, valid_from, valid_to FROM accounts WHERE person IN (SELECT person FROM left_with)
),
given AS (
  SELECT h.person, r.event_id, r.time
  FROM rights AS r JOIN had AS h ON h.account = r.account AND r.time >= h.valid_from AND (h.valid_to IS NULL OR r.time < h.valid_to)
  WHERE r.time <= $now AND (r.taken_utc IS NULL OR r.taken_utc > $now)
  UNION
  SELECT h.person, r.event_id, r.time
  FROM rights AS r JOIN had AS h ON h.account = r.sid AND r.time >= h.valid_from AND (h.valid_to IS NULL OR r.time < h.valid_to)
  WHERE r.time <= $now AND (r.taken_utc IS NULL OR r.taken_utc > $now)
),
dated AS (
  SELECT g.person, g.event_id,
         max(CASE WHEN least(p.employed_to, p.valid_to) <= g.time THEN 1 ELSE 0 END) AS ended,
         max(CASE WHEN p.valid_from <= g.time AND coalesce(p.valid_to > g.time, true) AND coalesce(p.employed_to > g.time, true) THEN 1 ELSE 0 END) AS employed
  FROM given AS g JOIN people AS p ON p.person = g.person
  GROUP BY g.person, g.event_id
),
counted AS (
  SELECT person, count(*) AS rights, count(CASE WHEN ended = 1 AND employed = 0 THEN 1 END) AS rights_after FROM dated GROUP BY person
),
persons AS (
  SELECT DISTINCT person, unit, controller, employed_to FROM left_with
)
SELECT p.person AS actor_person, p.unit AS actor_unit, p.controller, p.employed_to, h.accounts, d.duties, coalesce(c.rights, 0) AS rights,
       coalesce(c.rights_after, 0) AS rights_after, e.last_utc, coalesce(e.last_utc >= p.employed_to, false) AS acted_after
FROM persons AS p
JOIN holding AS h ON h.person = p.person
LEFT JOIN on_duty AS d ON d.person = p.person
LEFT JOIN acted AS e ON e.person = p.person
LEFT JOIN counted AS c ON c.person = p.person
ORDER BY p.employed_to, actor_person, actor_unit
