-- detection: success_after_failures
-- severity:  high
-- finds:     an account that logs in after at least $failures failed log-ins within the hour before. A refused service
--            ticket doesn't count, and in Entra ID only a wrong password or name does. Machines' accounts don't count
-- sv_finds:  Ett konto som loggar in efter minst $failures misslyckade inloggningar under timmen före. En nekad
--            tjänstebiljett räknas inte, och i Entra ID räknas bara fel lösenord eller fel användarnamn. Datorkonton
--            räknas inte.
-- sv:        Kontot loggade in efter många misslyckade försök under timmen innan.
-- en:        The account logged in after many failed tries in the hour before.
-- key:       account
-- window:    1
-- benign:    the holder mistyped the password or had just changed it; a service that got the right password again
-- sv_benign: innehavaren skrev fel lösenord eller hade just bytt det; en tjänst som fick rätt lösenord igen
-- triage:    1 did the log-in that succeeded come from the same address as the attempts, and is it the holder's?  2 ask the holder  3 what was done with the account then? change the password at the least doubt
-- sv_triage: 1 kom den lyckade inloggningen från samma adress som försöken, och är den innehavarens?  2 fråga innehavaren  3 vad gjordes sedan med kontot? Byt lösenord vid minsta tvekan
-- params:    failures INTEGER (failed log-ins in the hour before) = 10
-- attack:    T1110, T1078
WITH failures AS (
  SELECT e.event_id, e.time, lower(e.actor_account) AS account
  FROM events AS e
  WHERE e.action = 'login' AND e.outcome = 'failure' AND e.actor_account IS NOT NULL AND e.actor_account NOT LIKE '%$'
    AND coalesce(e.activity_id, 0) <> 4  -- a refused service ticket (4769) is no wrong password
    -- Entra ID answers each step of a sign-in with a code: only those that mean a wrong password or name count
    AND (e.object_type IS NULL OR e.object_type <> 'application'
       OR contains(e.details, '50126') OR contains(e.details, '50053') OR contains(e.details, '50034') OR contains(e.details, '50056')
       OR contains(e.details, 'InvalidUserNameOrPassword') OR contains(e.details, 'UserAccountNotFound'))
),
tried AS (
  SELECT account FROM failures GROUP BY account HAVING count(*) >= $failures
),
passed AS (
  SELECT e.event_id, e.time, lower(e.actor_account) AS account, e.src_ip
  FROM events AS e JOIN tried AS t ON t.account = lower(e.actor_account)
  WHERE e.action = 'login' AND e.outcome = 'success' AND coalesce(e.activity_id, 0) <> 4
),
found AS (
  SELECT p.account, p.event_id, p.time, count(*) AS failures
  FROM passed AS p JOIN failures AS f ON f.account = p.account AND f.time < p.time AND f.time >= p.time - INTERVAL 1 HOUR
  GROUP BY p.account, p.event_id, p.time
  HAVING count(*) >= $failures
),
firsts AS (
  SELECT account, event_id, time, failures, row_number() OVER (PARTITION BY account, date_trunc('hour', time) ORDER BY time, event_id) AS nth
  FROM found
),
rested AS (
  SELECT account, time, failures, event_id FROM firsts WHERE nth = 1
  UNION ALL
  SELECT s.account, s.time, s.failures, f.event_id
  FROM firsts AS s JOIN failures AS f ON f.account = s.account AND f.time < s.time AND f.time >= s.time - INTERVAL 1 HOUR
  WHERE s.nth = 1
)
SELECT account, time AS success_utc, failures, list_sort(list(event_id)) AS evidence
FROM rested
GROUP BY account, time, failures
ORDER BY account, success_utc
