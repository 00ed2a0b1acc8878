-- question: threat_picture
-- asks:     What does the threat picture look like this month, by nämnd: what was found, what was done about it, what was exposed at its end,
--           and how does it compare with the month before?
-- sv:       Hur ser hotbilden ut den här månaden, per nämnd: vad har upptäckts, vad har gjorts åt det, vad var utsatt vid dess slut, och hur
--           är det mot månaden före?
-- params:   month TEXT (2026-03, without: the latest that was judged) = NULL; dormant_days INTEGER (an account with a duty that has
--           done nothing for so long is dormant) = 90; now TIMESTAMPTZ (until when a month that isn't over is told, without: the present) = NULL
-- returns:  month TEXT, before_month TEXT, controller TEXT, measure TEXT, name TEXT, number BIGINT, before BIGINT, overall BIGINT, overall_before BIGINT, at_utc TIMESTAMPTZ,
--           judged BOOLEAN
-- counts:   findings as they stand, by detection (scenario), by ATT&CK tactic (a finding counts once for each) and by the highest
--           level touched, and by what was decided (open = nothing yet); accesses judged and explained; exposure as of at_utc, the month's end (UTC) or now
--           while it goes on: level-3 assets that no source logs reads of, sources that are silent, accounts with a duty that are dormant, persons who
--           hold accounts though their employment has ended. A silent source counts for each nämnd that has an asset of its system, else
--           for none, as dormant accounts do: that is the whole municipality's. Each kind of exposure has a row without a nämnd: 0 = it was checked and
--           nobody's is there; empty = it could not be checked, since nothing says it: no asset is classified, no source may be silent for a time only, no
--           duties or logs that don't reach back so many days, or a directory without accounts or without any employment's end. before = the same in before_month, the latest month
--           before that has findings or judged accesses. judged = that month has findings, judged accesses or other events that detections have looked at:
--           where it is false nothing is counted or compared, which is not the same as none. overall = of exposure, all nämnder and none together: what several share counts once; overall_before = so in before_month
-- order:    by controller, measure and name
-- limits:   before is empty where that month had none, or could not be checked. Of a month that is over, and so of before_month, exposure is told by the dates that register,
--           directory and duties have today: what was taken out of their files since, or has no dates, is not told as it was then; which reads a source
--           logs, and for how long it may be silent, is told as it is declared today. Accounts without a row in `duties`
--           are not known to be privileged. Findings say what was noticed, not what has happened
-- sv_counts: fynd så som de står, efter regel, efter taktik enligt ATT&CK (ett fynd räknas en gång för varje) och efter den högsta
--           nivå som berörs, och efter beslut; bedömd och förklarad åtkomst; exponering vid månadens slut (UTC), eller just nu så länge den pågår: tillgångar på nivå 3 vars läsning
--           ingen källa loggar, tysta källor, vilande konton med uppdrag och personer som har kvar konton fast de har slutat. En tyst källa räknas hos varje nämnd som har
--           en tillgång i källans system, annars hos ingen, liksom vilande konton: den är hela kommunens. Varje slag av exponering har en rad utan nämnd: 0 betyder
--           att det har kontrollerats, tomt att det inte kunde kontrolleras för att underlag saknas: ingen tillgång är klassad, ingen källa har en längsta tystnad, inga uppdrag är
--           angivna eller loggarna räcker inte så många dagar tillbaka, eller personalkatalogen saknar konton eller slutdatum. Jämförelsemånaden är den
--           senaste dessförinnan som har fynd eller bedömd åtkomst. En månad är bedömd om den har fynd, bedömd åtkomst eller andra händelser som reglerna har prövat: för en
--           månad som inte är det räknas och jämförs inget, vilket inte är detsamma som inga fynd. Totalt är alla nämnder och ingen tillsammans: det som flera delar räknas en gång
-- sv_limits: för en månad som är slut, även jämförelsemånaden, räknas exponeringen efter de datum som register, personalkatalog och
--           uppdrag har i dag: det som sedan dess har tagits bort ur filerna, eller saknar datum, visas inte som det var då; vad en källa loggar och hur länge den får vara
--           tyst är det som gäller i dag. Konton som inte finns bland
--           förvaltningsuppdragen är inte kända som privilegierade. Fynd säger vad som har märkts, inte vad som har hänt
WITH months AS (
  SELECT month FROM findings UNION SELECT month FROM shares
),
chosen AS (
  SELECT coalesce($month, (SELECT max(month) FROM months)) AS month
),
-- Of a month without findings and accesses: how many of its events a run has looked at. Without any it was not judged. Of another month, and
-- without a run, no event need be read.
looked AS (
  SELECT count(*) AS events
  FROM events AS e
  CROSS JOIN (SELECT try_cast(c.month || '-01T00:00:00Z' AS TIMESTAMPTZ) AS begins, r.batch
              FROM chosen AS c CROSS JOIN (SELECT max(to_batch) AS batch FROM runs) AS r
              WHERE r.batch IS NOT NULL AND c.month NOT IN (SELECT month FROM months)) AS c
  WHERE e.batch <= c.batch AND e.time >= c.begins AND e.time < c.begins + INTERVAL 1 MONTH
),
judged AS (
  SELECT c.month, (l.events > 0 OR c.month IN (SELECT month FROM months)) AS judged
  FROM chosen AS c CROSS JOIN looked AS l
),
pair AS (
  SELECT j.month, j.judged, max(m.month) AS before_month
  FROM judged AS j LEFT JOIN months AS m ON m.month < j.month AND j.judged
  GROUP BY j.month, j.judged
),
-- Until when exposure is told: the first moment after the month, or now if that is still to come; and so of the month before (ago = 1).
told AS (
  SELECT 0 AS ago, least($now, coalesce(try_cast(month || '-01T00:00:00Z' AS TIMESTAMPTZ) + INTERVAL 1 MONTH, $now)) AS moment FROM pair
  UNION ALL
  SELECT 1 AS ago, try_cast(before_month || '-01T00:00:00Z' AS TIMESTAMPTZ) + INTERVAL 1 MONTH AS moment FROM pair WHERE before_month IS NOT NULL
),
ends AS (
  SELECT max(CASE WHEN ago = 0 THEN moment END) AS moment, max(CASE WHEN ago = 1 THEN moment END) AS before_moment FROM told
),
standing AS (
  SELECT f.month, f.controller, f.finding, f.detection, f.tactics, greatest(f.k, f.r, f.t) AS level, coalesce(d.verdict, 'open') AS verdict
  FROM findings AS f LEFT JOIN decisions AS d ON d.finding = f.finding
  WHERE f.state = 'found'
),
counted AS (
  SELECT month, controller, 'scenario' AS measure, detection AS name, count(*) AS number
  FROM standing GROUP BY month, controller, detection
  UNION ALL
  SELECT month, controller, 'tactic' AS measure, tactic AS name, count(*) AS number
  FROM (SELECT month, controller, unnest(tactics) AS tactic FROM standing) AS t
  GROUP BY month, controller, tactic
  UNION ALL
  SELECT month, controller, 'level' AS measure,
         CASE level WHEN 3 THEN '3' WHEN 2 THEN '2' WHEN 1 THEN '1' WHEN 0 THEN '0' END AS name, count(*) AS number
  FROM standing GROUP BY month, controller, level
  UNION ALL
  SELECT month, controller, 'decision' AS measure, verdict AS name, count(*) AS number
  FROM standing GROUP BY month, controller, verdict
  UNION ALL
  SELECT s.month, u.controller, 'access' AS measure, 'judged' AS name, CAST(sum(s.accesses) AS BIGINT) AS number
  FROM shares AS s LEFT JOIN (SELECT unit, max(controller) AS controller FROM units GROUP BY unit) AS u ON u.unit = s.unit
  WHERE s.explanation IS NULL
  GROUP BY s.month, u.controller
  UNION ALL
  SELECT s.month, u.controller, 'access' AS measure, 'explained' AS name, CAST(sum(s.explained) AS BIGINT) AS number
  FROM shares AS s LEFT JOIN (SELECT unit, max(controller) AS controller FROM units GROUP BY unit) AS u ON u.unit = s.unit
  WHERE s.explanation IS NULL
  GROUP BY s.month, u.controller
),
-- Of a source that sent nothing until then it is only silence if it wasn't connected later.
heard AS (
  SELECT e.source, max(CASE WHEN e.time <= a.moment THEN e.time END) AS last_utc, max(CASE WHEN e.time <= a.before_moment THEN e.time END) AS before_utc,
         min(e.received) AS first_received, min(CASE WHEN e.time >= TIMESTAMPTZ '2000-01-01 00:00:00+00' THEN e.time END) AS first_utc
  FROM events AS e CROSS JOIN ends AS a
  GROUP BY e.source
),
-- As dormant_duties has it: a duty may name the account with its domain.
named AS (
  SELECT DISTINCT lower(account) AS account, lower(split_part(account, chr(92), -1)) AS login,
         CASE WHEN contains(account, chr(92)) THEN lower(split_part(split_part(account, chr(92), 1), '.', 1)) END AS domain
  FROM duties
),
seen AS (
  SELECT lower(e.actor_account) AS account, split_part(lower(e.actor_domain), '.', 1) AS domain, max(e.time) AS last_utc,
         max(CASE WHEN e.time <= a.before_moment THEN e.time END) AS before_utc
  FROM events AS e CROSS JOIN ends AS a
  WHERE e.time <= a.moment AND lower(e.actor_account) IN (SELECT account FROM named UNION SELECT login FROM named)
  GROUP BY lower(e.actor_account), split_part(lower(e.actor_domain), '.', 1)
),
acted AS (
  SELECT n.account, max(s.last_utc) AS last_utc, max(s.before_utc) AS before_utc
  FROM named AS n JOIN seen AS s ON s.account = n.account OR (s.account = n.login AND s.domain = n.domain)
  GROUP BY n.account
),
classed AS (
  SELECT o.ago, a.asset, a.controller, a.systems, greatest(a.k, a.r, a.t) AS level
  FROM assets AS a CROSS JOIN told AS o
  WHERE a.valid_from <= o.moment AND (a.valid_to IS NULL OR a.valid_to > o.moment)
),
spoke AS (
  SELECT o.ago, o.moment, s.source, s.system, s.silent_after_s, h.source AS heard, h.first_received,
         CASE WHEN o.ago = 0 THEN h.last_utc ELSE h.before_utc END AS last_utc
  FROM sources AS s CROSS JOIN told AS o LEFT JOIN heard AS h ON h.source = s.source
  WHERE s.silent_after_s IS NOT NULL
),
silent AS (
  SELECT ago, source, system
  FROM spoke
  WHERE heard IS NULL OR (last_utc IS NULL AND first_received <= moment) OR last_utc + silent_after_s * INTERVAL 1 SECOND < moment
),
things AS (
  SELECT a.ago, a.controller, 'unread_asset' AS name, a.asset AS thing
  FROM classed AS a
  WHERE a.level = 3 AND NOT EXISTS (SELECT 1 FROM sources AS s WHERE list_contains(a.systems, s.system) AND list_contains(s.logs, 'read'))
  UNION ALL
  SELECT s.ago, a.controller, 'silent_source' AS name, s.source AS thing
  FROM silent AS s LEFT JOIN classed AS a ON a.ago = s.ago AND list_contains(a.systems, s.system) AND a.controller IS NOT NULL
  UNION ALL
  SELECT o.ago, CAST(NULL AS TEXT) AS controller, 'dormant_duty' AS name, lower(d.account) AS thing
  FROM duties AS d CROSS JOIN told AS o LEFT JOIN acted AS e ON e.account = lower(d.account)
  WHERE d.valid_from <= o.moment AND (d.valid_to IS NULL OR d.valid_to > o.moment)
    AND coalesce(CASE WHEN o.ago = 0 THEN e.last_utc ELSE e.before_utc END + $dormant_days * INTERVAL 1 DAY < o.moment, true)
  UNION ALL
  SELECT o.ago, u.controller, 'leaver_account' AS name, p.person AS thing
  FROM accounts AS a CROSS JOIN told AS o
  JOIN people AS p ON p.person = a.person AND p.valid_from <= o.moment AND (p.valid_to IS NULL OR p.valid_to > o.moment)
  LEFT JOIN units AS u ON u.unit = p.unit AND u.valid_from <= o.moment AND (u.valid_to IS NULL OR u.valid_to > o.moment)
  WHERE p.employed_to <= o.moment AND a.valid_from <= o.moment AND (a.valid_to IS NULL OR a.valid_to > o.moment)
),
-- A kind of which nothing is known was not checked, which is not the same as none.
kinds AS (
  SELECT o.ago, 'unread_asset' AS name, count(a.level) AS known FROM told AS o LEFT JOIN classed AS a ON a.ago = o.ago GROUP BY o.ago
  UNION ALL
  SELECT o.ago, 'silent_source' AS name, count(s.silent_after_s) AS known FROM told AS o CROSS JOIN sources AS s GROUP BY o.ago
  UNION ALL
  SELECT o.ago, 'dormant_duty' AS name, count(CASE WHEN l.first_utc + $dormant_days * INTERVAL 1 DAY <= o.moment THEN d.account END) AS known
  FROM told AS o CROSS JOIN duties AS d CROSS JOIN (SELECT min(first_utc) AS first_utc FROM heard) AS l
  GROUP BY o.ago
  UNION ALL
  SELECT o.ago, 'leaver_account' AS name, count(p.employed_to) AS known
  FROM told AS o CROSS JOIN people AS p JOIN accounts AS a ON a.person = p.person
  GROUP BY o.ago
),
kind AS (
  SELECT o.ago, n.name, coalesce(max(k.known), 0) AS known
  FROM told AS o
  CROSS JOIN (SELECT 'unread_asset' AS name UNION ALL SELECT 'silent_source' UNION ALL SELECT 'dormant_duty' UNION ALL SELECT 'leaver_account') AS n
  LEFT JOIN kinds AS k ON k.ago = o.ago AND k.name = n.name
  GROUP BY o.ago, n.name
),
exposed AS (
  SELECT ago, controller, name, count(DISTINCT thing) AS number FROM things WHERE controller IS NOT NULL GROUP BY ago, controller, name
  UNION ALL
  SELECT k.ago, CAST(NULL AS TEXT) AS controller, k.name,
         CASE WHEN max(k.known) > 0 THEN count(DISTINCT CASE WHEN t.controller IS NULL THEN t.thing END) END AS number
  FROM kind AS k LEFT JOIN things AS t ON t.ago = k.ago AND t.name = k.name
  GROUP BY k.ago, k.name
),
compared AS (
  SELECT e.controller, e.name, CASE WHEN k.known > 0 THEN coalesce(max(CASE WHEN e.ago = 0 THEN e.number END), 0) END AS number,
         max(CASE WHEN e.ago = 1 THEN e.number END) AS before
  FROM exposed AS e JOIN kind AS k ON k.name = e.name AND k.ago = 0
  GROUP BY e.controller, e.name, k.known
),
together AS (
  SELECT k.name, CASE WHEN max(CASE WHEN k.ago = 0 THEN k.known END) > 0 THEN count(DISTINCT CASE WHEN k.ago = 0 THEN t.thing END) END AS overall,
         CASE WHEN max(CASE WHEN k.ago = 1 THEN k.known END) > 0 THEN count(DISTINCT CASE WHEN k.ago = 1 THEN t.thing END) END AS overall_before
  FROM kind AS k LEFT JOIN things AS t ON t.ago = k.ago AND t.name = k.name
  GROUP BY k.name
)
SELECT p.month, p.before_month, n.controller, n.measure, n.name, CAST(sum(CASE WHEN n.month = p.month THEN n.number ELSE 0 END) AS BIGINT) AS number,
       CAST(sum(CASE WHEN n.month = p.before_month THEN n.number END) AS BIGINT) AS before, CAST(NULL AS BIGINT) AS overall,
       CAST(NULL AS BIGINT) AS overall_before, CAST(NULL AS TIMESTAMPTZ) AS at_utc, p.judged
FROM pair AS p JOIN counted AS n ON n.month = p.month OR n.month = p.before_month
GROUP BY p.month, p.before_month, p.judged, n.controller, n.measure, n.name
UNION ALL
SELECT p.month, p.before_month, e.controller, 'exposure' AS measure, e.name, e.number, e.before, o.overall, o.overall_before,
       a.moment AS at_utc, p.judged
FROM pair AS p CROSS JOIN ends AS a CROSS JOIN compared AS e JOIN together AS o ON o.name = e.name
ORDER BY controller, measure, name
