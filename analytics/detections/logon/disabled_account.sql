-- detection: disabled_account
-- severity:  medium
-- finds:     at least $attempts log-ins tried with a disabled account on one UTC day; each is an attempt
-- sv_finds:  Minst $attempts inloggningsförsök med ett avstängt konto under ett dygn (UTC).
-- sv:        Någon försöker logga in med ett konto som är avstängt.
-- en:        Somebody tries to log in with a disabled account.
-- key:       account
-- window:    1
-- benign:    a telephone or service that still has the old account; an employee who has just left
-- sv_benign: en telefon eller tjänst som har kvar det gamla kontot; en anställd som just har slutat
-- triage:    1 whose account was it, and why is it disabled?  2 from where did the attempts come?  3 ask the manager; block the device if it isn't the municipality's
-- sv_triage: 1 vems konto var det, och varför är det avstängt?  2 varifrån kom försöken?  3 fråga chefen; spärra enheten om den inte är kommunens
-- params:    attempts INTEGER (a day) = 3
-- attack:    T1078
SELECT lower(e.actor_account) AS account, date_trunc('day', e.time) AS day_utc, count(*) AS attempts, count(DISTINCT e.src_ip) AS origins,
       list_sort(list(e.event_id)) AS evidence
FROM events AS e
WHERE e.action = 'login' AND e.outcome = 'failure' AND e.actor_account IS NOT NULL
  AND (contains(lower(e.details), '0xc0000072') OR (e.object_type = 'application' AND contains(e.details, '50057')) OR contains(e.details, '"user_disabled"'))
GROUP BY lower(e.actor_account), date_trunc('day', e.time)
HAVING count(*) >= $attempts
ORDER BY account, day_utc
