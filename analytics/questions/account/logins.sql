-- question: logins
-- asks:     Which accounts signed in during the period, from where, with what result?
-- sv:       Vilka konton har loggat in under perioden, varifrån, och hur gick det?
-- params:   person TEXT (only this person, by id or account) = NULL; system TEXT (only in this system) = NULL;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  system TEXT, actor_account TEXT, actor_domain TEXT, actor_person TEXT, src_ip TEXT, src_host TEXT, outcome TEXT,
--           events BIGINT, first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ
-- actions:  login
-- counts:   every sign-in, also those that failed, apart by outcome; a sign-in that several systems log counts in each
-- order:    by all columns but the last three
-- narrow:   time
-- limits:   a system that keeps its users signed in for days writes no sign-in when it is used. An account given as `person`
--           finds also the holder's other accounts, while it was held.
-- sv_counts: varje inloggning, även misslyckade, åtskilda efter utfall; en inloggning som flera system loggar räknas i vart och ett
-- sv_limits: ett system som håller användaren inloggad i dagar skriver ingen inloggning när det används. Anges ett konto hittas
--           också innehavarens andra konton, för den tid de innehades
SELECT e.system, e.actor_account, e.actor_domain, e.actor_person, e.src_ip, e.src_host, e.outcome, count(*) AS events,
       min(e.time) AS first_utc, max(e.time) AS last_utc
FROM events AS e
WHERE e.action = 'login'
  AND ($system IS NULL OR e.system = $system)
  AND ($start IS NULL OR e.time >= $start) AND ($stop IS NULL OR e.time < $stop)
  AND ($person IS NULL OR e.actor_account = $person OR e.actor_person = $person OR EXISTS (
    SELECT 1
    FROM aliases AS a
    WHERE a.key = lower($person) AND (a.person = e.actor_person OR (e.actor_person IS NULL AND a.account = e.actor_account))
      AND e.time >= a.valid_from AND (a.valid_to IS NULL OR e.time < a.valid_to)))
GROUP BY e.system, e.actor_account, e.actor_domain, e.actor_person, e.src_ip, e.src_host, e.outcome
ORDER BY e.system, e.actor_account, e.actor_domain, e.actor_person, e.src_ip, e.src_host, e.outcome
