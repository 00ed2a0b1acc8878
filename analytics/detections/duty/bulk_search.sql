-- detection: bulk_search
-- severity:  medium
-- finds:     an employee who in one day makes more than $unexplained searches in sensitive information without any
--            explanation, or has more than $persons different persons listed by them; or makes more than $impersonal
--            that at most the unit's work explains (its assignment or responsibility, a shift, a contact or earlier
--            documents), and more than $times times as many as the employee and the unit's others on any of the $days
--            days before. Sensitive is what has confidentiality $level or higher, or isn't classified and is about a
--            person. Refused ones count; what robots and integrations do doesn't
-- sv_finds:  En medarbetare som på en dag gör fler än $unexplained oförklarade sökningar bland känsliga uppgifter,
--            eller får fler än $persons olika personer i träfflistorna från dem; eller som gör fler än $impersonal
--            sökningar som på sin höjd enhetens arbete förklarar (enhetens uppdrag eller ansvar, ett arbetspass, en
--            kontakt eller tidigare dokumentation) och mer än $times gånger så många som medarbetaren själv eller någon
--            annan på enheten har gjort någon av de $days dagarna före. Känsliga är uppgifter med konfidentialitet
--            $level eller högre, och oklassade uppgifter om en person. Nekade sökningar räknas; vad programrobotar och
--            integrationer gör räknas inte.
-- sv:        Medarbetaren har gjort ovanligt många sökningar bland känsliga uppgifter under en dag utan att något uppdrag förklarar det.
-- en:        The employee made unusually many searches in sensitive information in one day, and no assignment explains them.
-- key:       actor
-- window:    31
-- benign:    care of a register, statistics or a migration after a decision; a contact centre without a registered assignment
-- sv_benign: registervård, statistik eller migrering efter beslut; kontaktcenter utan registrerat uppdrag
-- triage:    1 which assignment had the employee that day?  2 were they searches in a sequence (personal numbers, addresses, classes)?  3 was anything exported or printed afterwards?  4 is it a human being? look at the pace and the client
-- sv_triage: 1 vilket uppdrag hade medarbetaren den dagen?  2 söktes i en följd (personnummer, adresser, klasser)?  3 exporterades eller skrevs något ut efteråt?  4 är det en människa? kontrollera takt och klient
-- params:    unexplained INTEGER (unexplained searches in a local day) = 150; persons INTEGER (different persons listed by them) = 300;
--            impersonal INTEGER (searches in a local day without a reason of the employee's own) = 40; times INTEGER (times the usual) = 3;
--            days INTEGER (days before) = 30; level INTEGER (lowest K level, and what isn't classified but about a person) = 2
-- attack:    T1213
WITH searched AS (
  SELECT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.local_day, a.actor_unit, a.time, a.about, a.event_id,
         CASE WHEN NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id) THEN 1 END AS unexplained
  FROM accesses AS a
  WHERE a.action = 'search'
    AND (a.k >= $level OR (a.k IS NULL AND a.about IS NOT NULL))
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM pile_reasons AS p WHERE p.event_id = a.event_id)
),
daily AS (
  SELECT actor, local_day, max(actor_unit) AS unit, count(DISTINCT time) AS searches, count(DISTINCT about) AS subjects,
         count(DISTINCT CASE WHEN unexplained = 1 THEN time END) AS unexplained,
         count(DISTINCT CASE WHEN unexplained = 1 THEN about END) AS unexplained_subjects, count(DISTINCT event_id) AS events,
         list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
  FROM searched
  GROUP BY actor, local_day
),
usual AS (
  SELECT d.actor, d.local_day, max(o.searches) AS most
  FROM daily AS d
  JOIN daily AS o
    ON (o.actor = d.actor OR o.unit = d.unit) AND o.local_day < d.local_day AND o.local_day >= d.local_day - $days * INTERVAL 1 DAY
  WHERE d.searches > $impersonal
  GROUP BY d.actor, d.local_day
)
SELECT d.actor, d.local_day AS day, d.searches, d.unexplained, coalesce(u.most, 0) AS usual, d.subjects, d.events, d.evidence
FROM daily AS d LEFT JOIN usual AS u ON u.actor = d.actor AND u.local_day = d.local_day
WHERE d.unexplained > $unexplained OR d.unexplained_subjects > $persons
   OR (d.searches > $impersonal AND d.searches > $times * coalesce(u.most, 0))
ORDER BY d.actor, d.local_day
