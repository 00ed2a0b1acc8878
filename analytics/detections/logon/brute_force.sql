-- detection: brute_force
-- severity:  medium
-- finds:     an account with at least $failures failed log-ins within one UTC clock hour; each is an attempt. A refused
--            service ticket doesn't count, and in Entra ID only a wrong password or name does. Machines' accounts don't
--            count
-- sv_finds:  Ett konto med minst $failures misslyckade inloggningar under en klocktimme; varje inloggning är ett
--            försök. En nekad tjänstebiljett räknas inte, och i Entra ID räknas bara fel lösenord eller fel
--            användarnamn. Datorkonton räknas inte.
-- sv:        Ett konto har haft många misslyckade inloggningar inom en timme.
-- en:        An account had many failed log-ins within an hour.
-- key:       account
-- window:    1
-- benign:    a service, printer or telephone that tries an old password; a vulnerability scan (an exception with a decision)
-- sv_benign: en tjänst, skrivare eller telefon som försöker med ett gammalt lösenord; en sårbarhetsskanning (undantag med beslut)
-- triage:    1 from which addresses, and are they our own?  2 did any log-in succeed afterwards (a rule of its own finds that)?  3 call the account's holder; block the account if the address is unknown
-- sv_triage: 1 från vilka adresser, och är de egna?  2 lyckades någon inloggning efteråt (det finner en egen regel)?  3 kontakta kontots innehavare; spärra kontot om adressen är okänd
-- params:    failures INTEGER (failed log-ins an hour) = 20
-- attack:    T1110.001
SELECT lower(e.actor_account) AS account, date_trunc('hour', e.time) AS hour_utc, count(*) AS failures,
       count(DISTINCT coalesce(e.src_ip, e.src_host)) AS origins, list_sort(list(e.event_id)) AS evidence
FROM events AS e
WHERE e.action = 'login' AND e.outcome = 'failure' AND e.actor_account IS NOT NULL AND e.actor_account NOT LIKE '%$'
    AND coalesce(e.activity_id, 0) <> 4  -- a refused service ticket (4769) is no wrong password
    -- Entra ID answers each step of a sign-in with a code: only those that mean a wrong password or name count
    AND (e.object_type IS NULL OR e.object_type <> 'application'
       OR contains(e.details, '50126') OR contains(e.details, '50053') OR contains(e.details, '50034') OR contains(e.details, '50056')
       OR contains(e.details, 'InvalidUserNameOrPassword') OR contains(e.details, 'UserAccountNotFound'))
GROUP BY lower(e.actor_account), date_trunc('hour', e.time)
HAVING count(*) >= $failures
ORDER BY account, hour_utc
