-- detection: dormant_privileged_account
-- severity:  high
-- finds:     a privileged account (a declared duty, or a name such as admin, adm-, root) that acts again after at least
--            $days days of silence. One that was never seen before must have been in the register of accounts by then,
--            and the logs reach as far back. Failed tries don't count. Shown with what the account did in the day after
-- sv_finds:  Ett privilegierat konto (med ett deklarerat uppdrag i något system, eller med ett namn som admin, adm-
--            eller root) som används igen efter minst $days dagars tystnad. Har det inte setts alls tidigare krävs att
--            kontot redan då fanns i kontoregistret och att loggarna räcker så långt tillbaka. Misslyckade försök
--            räknas inte. Fyndet visar också vad kontot gjorde det närmaste dygnet.
-- sv:        Ett privilegierat konto som inte har använts på länge har börjat användas igen.
-- en:        A privileged account that had not been used for long is in use again.
-- key:       account
-- window:    30
-- benign:    a holiday or parental leave; a spare account that is tried
-- sv_benign: semester eller föräldraledighet; ett reservkonto som provas
-- triage:    1 who uses the account, and why just now?  2 from where?  3 close the account if it isn't needed
-- sv_triage: 1 vem använder kontot, och varför just nu?  2 varifrån?  3 stäng kontot om det inte behövs
-- params:    days INTEGER (of silence) = 28
-- attack:    T1078
WITH acts AS (
  SELECT lower(e.actor_account) AS account, e.event_id, e.time
  FROM events AS e
  WHERE e.actor_account IS NOT NULL AND e.outcome <> 'failure'
    AND (split_part(lower(e.actor_account), '@', 1) IN (SELECT split_part(split_part(lower(account), chr(92), -1), '@', 1) FROM duties)
         OR lower(e.actor_account) LIKE 'adm-%' OR lower(e.actor_account) LIKE 'adm.%' OR lower(e.actor_account) LIKE '%-adm' OR lower(e.actor_account) LIKE '%.adm'
         OR lower(e.actor_account) IN ('admin', 'administrator', 'administratör', 'root', 'sa', 'postgres', 'sysadmin'))
),
steps AS (
  SELECT account, event_id, time, lag(time) OVER (PARTITION BY account ORDER BY time, event_id) AS before
  FROM acts
),
-- Without an earlier act the account must have been there before, and so must the log.
woken AS (
  SELECT s.account, s.time, s.before
  FROM steps AS s
  WHERE s.before <= s.time - $days * INTERVAL 1 DAY
     OR (s.before IS NULL AND (SELECT min(time) FROM events) <= s.time - $days * INTERVAL 1 DAY
         AND EXISTS (SELECT 1 FROM accounts AS a
                     WHERE split_part(split_part(lower(a.account), chr(92), -1), '@', 1) = split_part(s.account, '@', 1) AND a.valid_from <= s.time - $days * INTERVAL 1 DAY))
)
SELECT w.account, w.time AS woken_utc, max(w.before) AS last_used_utc, list_sort(list(a.event_id)) AS evidence
FROM woken AS w JOIN acts AS a ON a.account = w.account AND a.time >= w.time AND a.time < w.time + INTERVAL 1 DAY
GROUP BY w.account, w.time
ORDER BY w.account, woken_utc
