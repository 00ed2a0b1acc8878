-- question: failed_logins
-- asks:     Which sign-ins failed during the period, from where, and did the account get in afterwards?
-- sv:       Vilka inloggningar misslyckades under perioden, varifrån, och kom kontot in efteråt?
-- params:   person TEXT (only this account, as the log spells it, or this person's id) = NULL;
--           at_least INTEGER (only so many failures and more) = 1;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  system TEXT, actor_account TEXT, actor_domain TEXT, actor_person TEXT, src_ip TEXT, src_host TEXT, failures BIGINT,
--           first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ, next_success_utc TIMESTAMPTZ
-- actions:  login
-- counts:   failed sign-ins by account and place. next_success_utc = the account's first successful sign-in to the same system
--           at or after the last failure, from anywhere, before stop
-- order:    by failures (most first), then by the columns from the left
-- narrow:   time
-- limits:   a record that names no account (many systems hide a mistyped name) has no next_success_utc. A success in another
--           system isn't seen here.
-- sv_counts: misslyckade inloggningar per konto och plats, och kontots första lyckade inloggning i samma system därefter, varifrån
--           som helst
-- sv_limits: en post utan konto (många system döljer ett felskrivet namn) har ingen lyckad inloggning. En inloggning i ett annat
--           system syns inte här
WITH failed AS (
  SELECT system, actor_account, actor_domain, actor_person, src_ip, src_host, count(*) AS failures,
         min(time) AS first_utc, max(time) AS last_utc
  FROM events
  WHERE action = 'login' AND outcome = 'failure'
    AND ($person IS NULL OR actor_account = $person OR actor_person = $person)
    AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
  GROUP BY system, actor_account, actor_domain, actor_person, src_ip, src_host
  HAVING count(*) >= $at_least
),
succeeded AS (
  SELECT system, actor_account, actor_domain, time
  FROM events
  WHERE action = 'login' AND outcome = 'success'
    AND ($person IS NULL OR actor_account = $person OR actor_person = $person)
    AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
)
SELECT f.system, f.actor_account, f.actor_domain, f.actor_person, f.src_ip, f.src_host, max(f.failures) AS failures,
       max(f.first_utc) AS first_utc, max(f.last_utc) AS last_utc, min(s.time) AS next_success_utc
FROM failed AS f
LEFT JOIN succeeded AS s
  ON s.system = f.system AND s.actor_account = f.actor_account AND s.actor_domain IS NOT DISTINCT FROM f.actor_domain
  AND s.time >= f.last_utc
GROUP BY f.system, f.actor_account, f.actor_domain, f.actor_person, f.src_ip, f.src_host
ORDER BY failures DESC, f.system, f.actor_account, f.actor_domain, f.actor_person, f.src_ip, f.src_host
