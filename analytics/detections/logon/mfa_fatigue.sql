-- detection: mfa_fatigue
-- severity:  high
-- finds:     an account whose prompts for a second factor are denied or left unanswered at least $denials times within
--            one UTC clock hour (Entra ID); the finding also shows how many log-ins went through within the hour after
--            the last
-- sv_finds:  Ett konto vars frågor om andra faktorn nekas eller lämnas obesvarade minst $denials gånger under en
--            klocktimme (Entra ID). Fyndet visar också hur många inloggningar som gick igenom inom en timme efter den
--            sista.
-- sv:        Många frågor om andra faktorn har nekats eller lämnats obesvarade på kort tid.
-- en:        Many prompts for the second factor were denied or left unanswered in a short time.
-- key:       account
-- window:    1
-- benign:    the telephone without coverage or notifications; an app that tries again and again
-- sv_benign: telefonen utan täckning eller notiser; en app som försöker om och om igen
-- triage:    1 did any log-in succeed afterwards?  2 from where did the attempts come: somebody has the password  3 telephone the holder; change the password and end the sessions
-- sv_triage: 1 gick någon inloggning igenom efteråt?  2 varifrån kom försöken: någon kan lösenordet  3 ring innehavaren; byt lösenord och avsluta sessionerna
-- params:    denials INTEGER (an hour) = 5
-- attack:    T1621
WITH logins AS (
  SELECT e.event_id, e.time, lower(e.actor_account) AS account, e.outcome, contains(e.details, '500121') AS denied
  FROM events AS e
  WHERE e.action = 'login' AND e.actor_account IS NOT NULL AND e.object_type = 'application'
),
pressed AS (
  SELECT account, date_trunc('hour', time) AS hour_utc, max(time) AS last_utc, count(*) AS denials
  FROM logins
  WHERE outcome = 'failure' AND denied
  GROUP BY account, date_trunc('hour', time)
  HAVING count(*) >= $denials
)
SELECT p.account, p.hour_utc, p.denials, count(CASE WHEN l.outcome = 'success' THEN 1 END) AS successes, list_sort(list(l.event_id)) AS evidence
FROM pressed AS p
JOIN logins AS l ON l.account = p.account
 AND ((l.denied AND l.outcome = 'failure' AND date_trunc('hour', l.time) = p.hour_utc)
      OR (l.outcome = 'success' AND l.time > p.last_utc AND l.time <= p.last_utc + INTERVAL 1 HOUR))
GROUP BY p.account, p.hour_utc, p.denials
ORDER BY p.account, p.hour_utc
