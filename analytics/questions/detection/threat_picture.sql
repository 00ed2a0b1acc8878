-- question: threat_picture
-- asks:     What does the threat picture look like this month, by nämnd: what was found, what was done about it, what is exposed, and
--           how does it compare with the month before?
-- sv:       Hur ser hotbilden ut den här månaden, per nämnd: vad har upptäckts, vad har gjorts åt det, vad är utsatt, och hur är det mot
--           månaden före?
-- params:   month TEXT (2026-03, without: the latest that was judged) = NULL; dormant_days INTEGER (an account with a duty that has done
--           nothing for so long is dormant) = 90; now TIMESTAMPTZ (as of when exposure is told, without: the present) = NULL
-- returns:  month TEXT, before_month TEXT, controller TEXT, measure TEXT, name TEXT, number BIGINT, before BIGINT, overall BIGINT
-- counts:   findings as they stand, by detection (scenario), by ATT&CK tactic (a finding counts once for each) and by the highest
--           level touched, and by what was decided (open = nothing yet); accesses judged and explained; exposure as of now: level-3
--           assets that no source logs reads of, sources that are silent, accounts with a duty that are dormant, accounts that are still
--           held by somebody whose employment has ended. A silent source counts for each nämnd that has an asset of its system, else
--           for none, as dormant accounts do: that is the whole municipality's. before = the same in before_month, the latest month
--           before that was judged. overall = of exposure, all nämnder and none together: what several share counts once
-- order:    by controller, measure and name
-- limits:   before is empty where that month had none. Exposure has no month before: it is as of now. Accounts without a row in `duties`
--           are not known to be privileged. Findings say what was noticed, not what has happened
-- sv_counts: fynd så som de står, efter regel, efter taktik enligt ATT&CK (ett fynd räknas en gång för varje) och efter den högsta
--           nivå som berörs, och efter beslut; bedömd och förklarad åtkomst; exponering just nu: tillgångar på nivå 3 vars läsning
--           ingen källa loggar, tysta källor, vilande konton med uppdrag och konton vars innehavare har slutat. En tyst källa räknas hos varje nämnd som har
--           en tillgång i källans system, annars hos ingen, liksom vilande konton: den är hela kommunens. Jämförelsemånaden är den
--           senaste dessförinnan som bedömdes. Totalt är alla nämnder och ingen tillsammans: det som flera delar räknas en gång
-- sv_limits: exponeringen är den som gäller nu och har ingen månad att jämföra med. Konton som inte finns bland
--           förvaltningsuppdragen är inte kända som privilegierade. Fynd säger vad som har märkts, inte vad som har hänt
WITH months AS (
  SELECT month FROM findings UNION SELECT month FROM shares
),
chosen AS (
  SELECT coalesce($month, (SELECT max(month) FROM months)) AS month
),
pair AS (
  SELECT c.month, max(m.month) AS before_month
  FROM chosen AS c LEFT JOIN months AS m ON m.month < c.month
  GROUP BY c.month
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
heard AS (
  SELECT source, max(CASE WHEN time <= $now THEN time END) AS last_utc FROM events GROUP BY source
),
acted AS (
  SELECT lower(actor_account) AS account, max(time) AS last_utc
  FROM events
  WHERE time <= $now AND lower(actor_account) IN (SELECT lower(account) FROM duties)
  GROUP BY lower(actor_account)
),
silent AS (
  SELECT s.source, s.system
  FROM sources AS s LEFT JOIN heard AS h ON h.source = s.source
  WHERE s.silent_after_s IS NOT NULL AND (h.last_utc IS NULL OR h.last_utc + s.silent_after_s * INTERVAL 1 SECOND < $now)
),
things AS (
  SELECT a.controller, 'unread_asset' AS name, a.asset AS thing
  FROM assets AS a
  WHERE greatest(a.k, a.r, a.t) = 3 AND a.valid_from <= $now AND (a.valid_to IS NULL OR a.valid_to > $now)
    AND NOT EXISTS (SELECT 1 FROM sources AS s WHERE list_contains(a.systems, s.system) AND list_contains(s.logs, 'read'))
  UNION ALL
  SELECT a.controller, 'silent_source' AS name, s.source AS thing
  FROM silent AS s
  LEFT JOIN assets AS a
    ON list_contains(a.systems, s.system) AND a.controller IS NOT NULL AND a.valid_from <= $now AND (a.valid_to IS NULL OR a.valid_to > $now)
  UNION ALL
  SELECT CAST(NULL AS TEXT) AS controller, 'dormant_duty' AS name, lower(d.account) AS thing
  FROM duties AS d LEFT JOIN acted AS e ON e.account = lower(d.account)
  WHERE d.valid_from <= $now AND (d.valid_to IS NULL OR d.valid_to > $now)
    AND (e.last_utc IS NULL OR e.last_utc + $dormant_days * INTERVAL 1 DAY < $now)
  UNION ALL
  SELECT u.controller, 'leaver_account' AS name, lower(a.account) AS thing
  FROM accounts AS a
  JOIN people AS p ON p.person = a.person AND p.valid_from <= $now AND (p.valid_to IS NULL OR p.valid_to > $now)
  LEFT JOIN units AS u ON u.unit = p.unit AND u.valid_from <= $now AND (u.valid_to IS NULL OR u.valid_to > $now)
  WHERE p.employed_to <= $now AND a.valid_from <= $now AND (a.valid_to IS NULL OR a.valid_to > $now)
),
together AS (
  SELECT name, count(DISTINCT thing) AS overall FROM things GROUP BY name
),
exposed AS (
  SELECT t.controller, t.name, count(DISTINCT t.thing) AS number, max(o.overall) AS overall
  FROM things AS t JOIN together AS o ON o.name = t.name
  GROUP BY t.controller, t.name
)
SELECT p.month, p.before_month, n.controller, n.measure, n.name, CAST(sum(CASE WHEN n.month = p.month THEN n.number ELSE 0 END) AS BIGINT) AS number,
       CAST(sum(CASE WHEN n.month = p.before_month THEN n.number END) AS BIGINT) AS before, CAST(NULL AS BIGINT) AS overall
FROM pair AS p JOIN counted AS n ON n.month = p.month OR n.month = p.before_month
GROUP BY p.month, p.before_month, n.controller, n.measure, n.name
UNION ALL
SELECT p.month, p.before_month, e.controller, 'exposure' AS measure, e.name, e.number, CAST(NULL AS BIGINT) AS before, e.overall
FROM pair AS p CROSS JOIN exposed AS e
ORDER BY controller, measure, name
