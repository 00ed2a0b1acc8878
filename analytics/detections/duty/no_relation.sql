-- detection: no_relation
-- severity:  medium
-- finds:     an employee who comes back to a person, or stays with her: looks on at least $days days within a month, or
--            $looks times, while nothing is known that explains any of these looks: no case, care, shift, contact,
--            referral or other duty. Information of confidentiality $level or higher, or unclassified, counts. Attempts
--            count, searches that merely list the person don't, nor do days that look like a shift which nobody
--            registered (at least five persons, at least half of them unexplained, and the employee documents about one
--            of those); a night belongs to the day on which it began. A look that was made once is the matter of the
--            rule on unexplained looks, and so are whoever the employee has documented about within the month, and
--            looks on fewer than $often days at a person to whom at least $colleagues of the same unit have an
--            explained access, or have documented about her: there a row is likely missing. The more such colleagues,
--            the lower the finding is ranked. What robots and integrations do doesn't count
-- sv_finds:  En medarbetare som återkommer till en person, eller dröjer kvar hos personen: som tar del av uppgifter,
--            eller försöker, minst $days olika dagar inom en månad eller minst $looks gånger, medan inget känt
--            förklarar någon av dessa gånger: inget ärende, ingen vård- eller omsorgsrelation, inget arbetspass, ingen
--            kontakt, ingen remiss och inget annat uppdrag. Uppgifter med konfidentialitet $level eller högre räknas,
--            och oklassade. Sökningar som bara visar personen i en träfflista räknas inte, inte heller dagar som liknar
--            ett arbetspass som ingen har registrerat (minst fem personer, minst hälften av dem oförklarade, och
--            medarbetaren dokumenterar om någon av de oförklarade); en natt hör till den dag då den började. En enstaka
--            åtkomst prövas av regeln om oförklarade åtkomster. Det gör också det som rör en person som medarbetaren
--            själv har dokumenterat om inom månaden, och åtkomster under färre än $often dagar till en person som minst
--            $colleagues på samma enhet har förklarad åtkomst till eller har dokumenterat om: där saknas troligen en
--            registrering. Ju fler sådana kollegor, desto lägre rangordnas fyndet. Vad programrobotar och integrationer
--            gör räknas inte.
-- sv:        Medarbetaren har återkommit till uppgifter om en person som hon eller han inte har någon känd ärende- eller vårdrelation till.
-- en:        The employee came back to a person with whom she or he has no known relation of case or care.
-- attack:    T1213
-- key:       actor, about
-- window:    31
-- benign:    the assignment, shift or visit isn't registered, or was registered afterwards; a substitute without a row in the rota; a check that a colleague asked for
-- sv_benign: uppdraget, passet eller besöket är inte registrerat eller registrerades i efterhand; vikarie utan inlagd schemarad; avstämning som en kollega bett om
-- triage:    1 does the unit know the person: how many colleagues have an explained access?  2 ask the employee what the work needed it for  3 if a registration is missing: mend it, and the next access is explained
-- sv_triage: 1 känner enheten personen: hur många kollegor har förklarad åtkomst?  2 fråga medarbetaren vad behovet i arbetet var  3 saknas en registrering: rätta den, så förklaras nästa åtkomst
-- params:    days INTEGER (different local days) = 2; looks INTEGER (looks, on however many days) = 3;
--            colleagues INTEGER (of the unit with a reason, or who documented) = 3;
--            often INTEGER (different local days, however many colleagues) = 4;
--            level INTEGER (lowest K level, and what isn't classified) = 2
WITH looks AS (
  SELECT a.event_id, a.time, a.about, a.actor_unit, a.proves, coalesce(a.actor_person, lower(a.actor_account)) AS actor,
         CASE WHEN a.local_hour < 7 THEN a.local_day - INTERVAL 1 DAY ELSE a.local_day END AS day
  FROM accesses AS a
  WHERE a.about IS NOT NULL
    AND coalesce(a.k, $level) >= $level
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND (a.action <> 'search' OR a.proves = 'content')
    AND coalesce(a.actor_person, a.actor_account) IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id)
),
unit_knows AS (
  SELECT a.about, a.actor_unit, count(DISTINCT a.actor_person) AS colleagues
  FROM dealings AS a
  WHERE a.about IN (SELECT about FROM looks)
  GROUP BY a.about, a.actor_unit
),
-- Over the window, so that the turn of a month parts nothing.
again AS (
  SELECT actor, about, count(DISTINCT day) AS days
  FROM looks AS l
  WHERE NOT EXISTS (SELECT 1 FROM blank_days AS b WHERE b.actor = l.actor AND b.day = l.day)
  GROUP BY actor, about
  HAVING count(DISTINCT day) >= $days OR count(DISTINCT event_id) >= $looks
),
documented AS (
  SELECT DISTINCT coalesce(a.actor_person, lower(a.actor_account)) AS actor, a.about
  FROM accesses AS a
  WHERE a.action IN ('create', 'update', 'sign') AND a.outcome IS DISTINCT FROM 'failure'
    AND a.about IN (SELECT about FROM again)
)
SELECT l.actor, l.about, coalesce(max(u.colleagues), 0) AS colleagues, max(g.days) AS days, count(DISTINCT l.event_id) AS events,
       count(DISTINCT CASE WHEN l.proves = 'content' THEN l.event_id END) AS content,
       list_sort(list(DISTINCT l.event_id) FILTER (WHERE l.event_id IS NOT NULL)) AS evidence
FROM looks AS l
JOIN again AS g ON g.actor = l.actor AND g.about = l.about
LEFT JOIN unit_knows AS u ON u.about = l.about AND u.actor_unit = l.actor_unit
WHERE NOT EXISTS (SELECT 1 FROM documented AS d WHERE d.actor = l.actor AND d.about = l.about)
GROUP BY l.actor, l.about, date_trunc('month', l.time)
HAVING coalesce(max(u.colleagues), 0) < $colleagues OR max(g.days) >= $often
ORDER BY l.actor, l.about, min(l.time)
