-- detection: subject_spike
-- severity:  high
-- finds:     one person whom at least $staff different employees of at least $units units look up on one day without
--            any explanation, and more than $times times as many as on any day of the $days days before, its last
--            $recent left out (a spike lasts). Whom substitutes look at day after day isn't in the news. Those don't
--            count of whose unit at least $colleagues have an explained access to the person or have documented about
--            her: there a row is likely missing. Information of confidentiality $level or higher, or unclassified,
--            counts. Attempts count; searches that merely list the person, and what robots and integrations do, don't.
--            It is ranked by the number of employees
-- sv_finds:  En person vars uppgifter minst $staff olika medarbetare på minst $units enheter tar del av, eller försöker
--            ta del av, under en och samma dag utan någon förklaring, och fler än $times gånger så många som under
--            någon dag av de $days dagarna före. De $recent närmaste dagarna före räknas inte med där, eftersom en
--            anhopning varar några dagar; den som vikarier slår på dag efter dag är ingen anhopning. Medarbetare räknas
--            inte om minst $colleagues på deras enhet har förklarad åtkomst till personen eller har dokumenterat om
--            personen: där saknas troligen en registrering. Uppgifter med konfidentialitet $level eller högre räknas,
--            och oklassade. Sökningar som bara visar personen i en träfflista, och vad programrobotar och integrationer
--            gör, räknas inte. Fyndet rangordnas efter antalet medarbetare.
-- sv:        Ovanligt många medarbetare har samma dag öppnat uppgifter om samma person utan att något uppdrag förklarar det.
-- en:        Unusually many employees opened the same person's record on one day, and no assignment explains it.
-- key:       about
-- window:    29
-- benign:    a new client or pupil whose assignment hasn't been registered; an alarm or accident that many were called to; joint planning between units
-- sv_benign: ny brukare eller elev vars uppdrag inte hunnit registreras; larm eller olycka där många kallats in; samordnad planering mellan enheter
-- triage:    1 what happened around the person that day: news, an accident, a crime, a death?  2 which units, and which of them were responsible?  3 remind the units concerned of the prohibition, and follow up the employees one by one  4 consider a block, or closer log review for the person
-- sv_triage: 1 vad hände kring personen den dagen: nyheter, olycka, brott, dödsfall?  2 vilka enheter, och vilka av dem hade ansvar?  3 påminn berörda enheter om förbudet och följ upp medarbetarna var för sig  4 överväg spärr eller förstärkt loggkontroll för personen
-- params:    colleagues INTEGER (of a unit with an explained access, at which the unit is taken to work with the person) = 2;
--            staff INTEGER (different employees in a day) = 4; units INTEGER (that they work in) = 3; times INTEGER (times the busiest day before) = 2;
--            days INTEGER (days before) = 28; recent INTEGER (days that a spike lasts) = 2;
--            level INTEGER (lowest K level, and what isn't classified) = 2
WITH tried AS (
  SELECT a.about, a.actor_unit, a.local_day, a.event_id, a.proves, coalesce(a.actor_person, lower(a.actor_account)) AS actor
  FROM accesses AS a
  WHERE a.about IS NOT NULL
    AND coalesce(a.k, $level) >= $level
    AND coalesce(a.actor_kind, 'staff') NOT IN ('robot', 'integration')
    AND (a.action <> 'search' OR a.proves = 'content')
    AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id)
),
-- Only those whom enough looked at in a day are worth the question who knows them.
crowded AS (
  SELECT about FROM tried GROUP BY about, local_day HAVING count(DISTINCT actor) >= $staff
),
unit_knows AS (
  SELECT a.about, a.actor_unit
  FROM dealings AS a
  WHERE a.about IN (SELECT about FROM crowded)
  GROUP BY a.about, a.actor_unit HAVING count(DISTINCT a.actor_person) >= $colleagues
),
looks AS (
  SELECT t.about, t.local_day, t.event_id, t.proves, t.actor, coalesce(t.actor_unit, t.actor) AS unit
  FROM tried AS t
  WHERE t.about IN (SELECT about FROM crowded)
    AND NOT EXISTS (SELECT 1 FROM unit_knows AS u WHERE u.about = t.about AND u.actor_unit = t.actor_unit)
),
daily AS (
  SELECT about, local_day, count(DISTINCT actor) AS staff, count(DISTINCT unit) AS units, count(DISTINCT event_id) AS events,
         count(DISTINCT CASE WHEN proves = 'content' THEN event_id END) AS content,
         list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
  FROM looks
  GROUP BY about, local_day
),
before AS (
  SELECT d.about, d.local_day, max(b.staff) AS staff
  FROM daily AS d JOIN daily AS b ON b.about = d.about
  WHERE d.staff >= $staff AND b.local_day < d.local_day - $recent * INTERVAL 1 DAY AND b.local_day >= d.local_day - $days * INTERVAL 1 DAY
  GROUP BY d.about, d.local_day
)
SELECT d.about, d.local_day AS day, d.staff, d.units, d.staff AS telling, coalesce(b.staff, 0) AS most_before, d.events, d.content, d.evidence
FROM daily AS d LEFT JOIN before AS b ON b.about = d.about AND b.local_day = d.local_day
WHERE d.staff >= $staff AND d.units >= $units AND d.staff > $times * coalesce(b.staff, 0)
ORDER BY d.about, d.local_day
