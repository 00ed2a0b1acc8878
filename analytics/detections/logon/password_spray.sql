-- detection: password_spray
-- severity:  high
-- finds:     one address or machine from which log-ins to many accounts fail, at most $each times for each: to at least
--            $accounts in one UTC clock hour, or to five accounts within a minute. A refused service ticket doesn't
--            count, and in Entra ID only a wrong password or name does. Accounts that log in from there the same UTC
--            day don't count: behind an address that many share some mistype. Nor do machines' accounts
-- sv_finds:  En adress eller dator från vilken inloggningar till många konton misslyckas, högst $each gånger för vart
--            och ett: till minst $accounts konton under en klocktimme, eller till fem konton inom en minut. En nekad
--            tjänstebiljett räknas inte, och i Entra ID räknas bara fel lösenord eller fel användarnamn. Konton som
--            loggar in därifrån samma dygn (UTC) räknas inte: bakom en adress som många delar skriver några alltid fel.
--            Datorkonton räknas inte.
-- sv:        Från en och samma adress har inloggning försökts till många konton, med få försök på vart och ett.
-- en:        From one address log-ins to many accounts were tried, a few for each.
-- key:       origin
-- window:    1
-- benign:    a common outgoing address, terminal server or VPN concentrator; a directory service or proxy that passes log-ins on; a vulnerability scan (an exception with a decision)
-- sv_benign: en gemensam utgående adress, terminalserver eller VPN-koncentrator; en katalogtjänst eller proxy som för inloggningar vidare; en sårbarhetsskanning (undantag med beslut)
-- triage:    1 is the address our own, and do many come through it?  2 do the accounts exist, and did any log-in succeed?  3 block the address; change the passwords of accounts where a log-in succeeded
-- sv_triage: 1 är adressen egen, och är den en samlingspunkt?  2 finns kontona, och lyckades någon inloggning?  3 spärra adressen; byt lösenord på konton där inloggning lyckades
-- params:    accounts INTEGER (accounts an hour) = 12; each INTEGER (failures of an account at most) = 5
-- attack:    T1110.003
WITH failures AS (
  SELECT e.event_id, e.time, coalesce(e.src_ip, e.src_host) AS origin, lower(e.actor_account) AS account, date_trunc('hour', e.time) AS hour_utc
  FROM events AS e
  WHERE e.action = 'login' AND e.outcome = 'failure' AND e.actor_account IS NOT NULL AND e.actor_account NOT LIKE '%$'
    AND coalesce(e.activity_id, 0) <> 4  -- a refused service ticket (4769) is no wrong password
    -- Entra ID answers each step of a sign-in with a code: only those that mean a wrong password or name count
    AND (e.object_type IS NULL OR e.object_type <> 'application'
       OR contains(e.details, '50126') OR contains(e.details, '50053') OR contains(e.details, '50034') OR contains(e.details, '50056')
       OR contains(e.details, 'InvalidUserNameOrPassword') OR contains(e.details, 'UserAccountNotFound'))
    AND coalesce(e.src_ip, e.src_host) IS NOT NULL
),
own AS (
  SELECT DISTINCT coalesce(e.src_ip, e.src_host) AS origin, lower(e.actor_account) AS account, date_trunc('day', e.time) AS day_utc
  FROM events AS e
  WHERE e.action = 'login' AND e.outcome = 'success' AND coalesce(e.activity_id, 0) <> 4
    AND coalesce(e.src_ip, e.src_host) IN (SELECT origin FROM failures)
),
tried AS (
  SELECT f.origin, f.hour_utc, f.account, min(f.time) AS first_utc
  FROM failures AS f
  WHERE NOT EXISTS (
    SELECT 1 FROM own AS o WHERE o.origin = f.origin AND o.account = f.account AND o.day_utc = date_trunc('day', f.time))
  GROUP BY origin, hour_utc, account
  HAVING count(*) <= $each
),
spaced AS (
  SELECT origin, hour_utc, account, first_utc, lag(first_utc, 4) OVER (PARTITION BY origin, hour_utc ORDER BY first_utc, account) AS fifth_before
  FROM tried
),
sprayed AS (
  SELECT origin, hour_utc, count(*) AS accounts
  FROM spaced
  GROUP BY origin, hour_utc
  HAVING count(*) >= $accounts OR count(CASE WHEN first_utc <= fifth_before + INTERVAL 1 MINUTE THEN 1 END) > 0
)
SELECT s.origin, s.hour_utc, s.accounts, count(*) AS failures, list_sort(list(f.event_id)) AS evidence
FROM sprayed AS s
JOIN failures AS f ON f.origin = s.origin AND f.hour_utc = s.hour_utc
JOIN tried AS t ON t.origin = f.origin AND t.hour_utc = f.hour_utc AND t.account = f.account
GROUP BY s.origin, s.hour_utc, s.accounts
ORDER BY s.origin, s.hour_utc
