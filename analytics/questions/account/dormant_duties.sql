-- question: dormant_duties
-- asks:     Which accounts hold a duty in a system, such as systems management, and have not done anything for long?
-- sv:       Vilka konton har ett förvaltningsuppdrag i ett system men har inte gjort något på länge?
-- params:   dormant_days INTEGER (has done nothing for so long) = 90; now TIMESTAMPTZ (as of when, without: the present) = NULL
-- returns:  actor_account TEXT, system TEXT, role TEXT, last_utc TIMESTAMPTZ
-- counts:   a row for each duty in force. last_utc = the account's last act in any system; empty = none is in the lake
-- order:    those that never acted first, then by the last act, the account, system and role
-- limits:   that nothing is seen doesn't prove that the account was not used: see what the sources log. Where the logs begin
--           later than so many days ago, an account without an act isn't shown to be dormant. Accounts without a row in `duties` are not known to be privileged
-- sv_counts: en rad för varje uppdrag som gäller. Senast är kontots senaste åtgärd i något system; tomt betyder att ingen finns
-- sv_limits: att inget syns bevisar inte att kontot inte har använts: se vad källorna loggar. Börjar
--           loggarna senare än så många dagar tillbaka är det inte visat att ett konto utan åtgärd är oanvänt. Konton som inte finns bland
--           förvaltningsuppdragen är inte kända som privilegierade
-- A duty may name the account with its domain (KOMMUN\anna), which events have in a column of its own.
WITH named AS (
  SELECT DISTINCT lower(account) AS account, lower(split_part(account, chr(92), -1)) AS login,
         CASE WHEN contains(account, chr(92)) THEN lower(split_part(split_part(account, chr(92), 1), '.', 1)) END AS domain
  FROM duties
),
seen AS (
  SELECT lower(actor_account) AS account, split_part(lower(actor_domain), '.', 1) AS domain, max(time) AS last_utc
  FROM events
  WHERE time <= $now AND lower(actor_account) IN (SELECT account FROM named UNION SELECT login FROM named)
  GROUP BY lower(actor_account), split_part(lower(actor_domain), '.', 1)
),
acted AS (
  SELECT n.account, max(s.last_utc) AS last_utc
  FROM named AS n JOIN seen AS s ON s.account = n.account OR (s.account = n.login AND s.domain = n.domain)
  GROUP BY n.account
),
held AS (
  SELECT lower(d.account) AS actor_account, d.system, d.role, e.last_utc
  FROM duties AS d LEFT JOIN acted AS e ON e.account = lower(d.account)
  WHERE d.valid_from <= $now AND (d.valid_to IS NULL OR d.valid_to > $now)
    AND (e.last_utc IS NULL OR e.last_utc + $dormant_days * INTERVAL 1 DAY < $now)
)
SELECT actor_account, system, role, last_utc
FROM held
ORDER BY CASE WHEN last_utc IS NULL THEN 0 ELSE 1 END, last_utc, actor_account, system, role
