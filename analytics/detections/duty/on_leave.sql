-- detection: on_leave
-- severity:  medium
-- finds:     an employee who is registered as away (leave, holiday or illness: the cause is never stored) and yet takes
--            part of sensitive information, or tries to, without being the one assigned, deputising or investigating,
--            or having met the person that day; a unit's duty and a shift that was left in the rota explain nothing.
--            What goes on from before the absence doesn't count: a shift that began before (and $margin minutes after
--            it), or the first $hours hours of one who was active in the $before hours before it (a night into the
--            first day). Sensitive is what has confidentiality $level or higher, or isn't classified and is about a
--            person. Shown with what the employee opened besides on those days for a reason of one's own, which from
--            $own accesses in a day on is shown alone too: to be assigned explains that one looks, not that one works.
--            It is ranked by what has no reason of one's own, and a twentieth of what has; of the first, where it is
--            about one person, a unit's reason leaves a twentieth, and half a look is taken off, since it may be a slip
-- sv_finds:  En medarbetare som är registrerad som frånvarande (ledighet, semester eller sjukdom; orsaken sparas
--            aldrig) och ändå tar del av känsliga uppgifter, eller försöker, utan att själv vara utsedd, gå in som
--            ersättare, arbeta i en utredning eller ha haft kontakt med personen den dagen. Enhetens uppdrag, och ett
--            arbetspass som står kvar i schemat, förklarar ingenting. Det som pågår sedan före frånvaron räknas inte:
--            ett arbetspass som började före den (och $margin minuter efter passet), eller de första $hours timmarna
--            för den som var verksam inom $before timmar före den (en natt in på den första dagen). Känsliga är
--            uppgifter med konfidentialitet $level eller högre, och oklassade uppgifter om en person. Fyndet visar
--            också vad medarbetaren i övrigt öppnade de dagarna av ett eget skäl; från $own sådana åtkomster på en dag
--            räcker det ensamt till ett fynd: att vara utsedd förklarar att man tittar, inte att man arbetar. Vid
--            rangordningen väger det som saknar eget skäl fullt och det som har ett eget skäl en tjugondel. Gäller det
--            som saknar eget skäl en enda person väger det som enhetens uppdrag förklarar en tjugondel, och en halv
--            åtkomst dras av, eftersom den kan vara ett misstag.
-- sv:        Medarbetaren har öppnat känsliga uppgifter under registrerad frånvaro, utan eget uppdrag.
-- en:        The employee opened sensitive information while registered as away, with no assignment of her or his own.
-- key:       actor_person
-- window:    31
-- benign:    the absence was broken off or is wrongly registered; leave for part of the day; ordered to work
-- sv_benign: frånvaron avbröts eller är felregistrerad; partiell ledighet; beordrad inställelse
-- triage:    1 is the absence right for that day? never ask for its cause in the case  2 was work ordered?  3 did somebody else use the account? look at place and device  4 which persons' information was opened?
-- sv_triage: 1 stämmer frånvaron den dagen? fråga aldrig om orsaken i ärendet  2 beordrades arbete?  3 använde någon annan kontot? kontrollera plats och enhet  4 vilka personer öppnades?
-- params:    margin INTEGER (minutes after a shift) = 60; hours INTEGER (of the absence) = 9; before INTEGER (hours) = 3; own INTEGER (accesses in a day for a reason of one's own) = 5; level INTEGER (lowest K level, and what isn't classified but about a person) = 2
WITH away AS (
  SELECT a.event_id, a.time, a.local_day, a.actor_person, a.about, a.proves,
         -- Whom one met weeks ago is no reason to look now, only whom one meets that day.
         EXISTS (SELECT 1 FROM own_reasons AS o
                 WHERE o.event_id = a.event_id
                   AND (o.met_utc IS NULL OR (o.met_utc >= a.time - INTERVAL 1 DAY AND o.met_utc < a.time + INTERVAL 1 DAY))) AS own,
         EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = a.event_id) AS reasoned
  FROM accesses AS a
  JOIN absence AS b
    ON b.person = a.actor_person
   AND a.time >= b.valid_from AND (b.valid_to IS NULL OR a.time < b.valid_to)
  WHERE (a.k >= $level OR (a.k IS NULL AND a.about IS NOT NULL))
    AND NOT EXISTS (
      SELECT 1 FROM rota AS r
      WHERE r.person = a.actor_person AND r.valid_from < b.valid_from AND a.time >= r.valid_from
        AND a.time < r.valid_to + $margin * INTERVAL 1 MINUTE)
    AND NOT EXISTS (
      SELECT 1 FROM accesses AS c
      WHERE c.actor_person = a.actor_person AND c.time < b.valid_from AND c.time >= b.valid_from - $before * INTERVAL 1 HOUR
        AND a.time < b.valid_from + $hours * INTERVAL 1 HOUR)
),
days AS (
  SELECT actor_person, local_day FROM away GROUP BY actor_person, local_day
  HAVING count(CASE WHEN NOT own THEN 1 END) > 0 OR count(DISTINCT event_id) >= $own
)
SELECT a.actor_person, count(DISTINCT a.local_day) AS days, count(DISTINCT a.about) AS subjects, count(DISTINCT a.event_id) AS events,
       count(DISTINCT CASE WHEN a.own THEN a.event_id END) AS own_reason,
       greatest(0.05, 0.05 * count(DISTINCT CASE WHEN a.own THEN a.event_id END) + count(DISTINCT CASE WHEN NOT a.own THEN a.event_id END)
                      - CASE WHEN count(DISTINCT CASE WHEN NOT a.own THEN coalesce(a.about, '') END) = 1 AND min(CASE WHEN NOT a.own THEN a.about END) IS NOT NULL
                             THEN 0.95 * count(DISTINCT CASE WHEN NOT a.own AND a.reasoned THEN a.event_id END) + 0.5 ELSE 0 END) AS telling,
       count(DISTINCT CASE WHEN a.proves = 'content' THEN a.event_id END) AS content,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM away AS a
JOIN days AS d ON d.actor_person = a.actor_person AND d.local_day = a.local_day
GROUP BY a.actor_person, date_trunc('month', a.time)
ORDER BY a.actor_person, min(a.time)
