-- detection: on_leave
-- severity:  medium
-- finds:     an employee who is registered as away (leave, holiday or illness: the cause is never stored) and yet takes part of sensitive
--            information, or tries to, without being the one assigned, met, deputising or investigating; a unit's duty and a shift that
--            was left in the rota explain nothing. What goes on from before the absence doesn't count: a shift that began before, or the first
--            $hours hours of one who was active in the $before hours before it (a night into the first day). Shown with what the employee opened
--            besides on those days, for a reason of one's own; telling = what has none, of which, where all is about one person, a unit's reason leaves
--            a twentieth and half a look may be a slip
-- sv:        Medarbetaren har öppnat känsliga uppgifter under registrerad frånvaro, utan eget uppdrag.
-- key:       actor_person
-- window:    31
-- benign:    the absence was broken off or is wrongly registered; leave for part of the day; ordered to work
-- sv_benign: frånvaron avbröts eller är felregistrerad; partiell ledighet; beordrad inställelse
-- triage:    1 is the absence right for that day? never ask for its cause in the case  2 was work ordered?  3 did somebody else use the account? look at place and device  4 which persons' information was opened?
-- sv_triage: 1 stämmer frånvaron den dagen? fråga aldrig om orsaken i ärendet  2 beordrades arbete?  3 använde någon annan kontot? kontrollera plats och enhet  4 vilka personer öppnades?
-- params:    margin INTEGER (minutes after a shift) = 60; hours INTEGER (of the absence) = 9; before INTEGER (hours) = 3; level INTEGER (lowest K level, and what isn't classified but about a person) = 2
WITH away AS (
  SELECT a.event_id, a.time, a.local_day, a.actor_person, a.about, a.proves,
         EXISTS (SELECT 1 FROM own_reasons AS o WHERE o.event_id = a.event_id) AS own,
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
  SELECT DISTINCT actor_person, local_day FROM away WHERE NOT own
)
SELECT a.actor_person, count(DISTINCT a.local_day) AS days, count(DISTINCT a.about) AS subjects, count(DISTINCT a.event_id) AS events,
       count(DISTINCT CASE WHEN a.own THEN a.event_id END) AS own_reason,
       CASE WHEN count(DISTINCT CASE WHEN NOT a.own THEN coalesce(a.about, '') END) > 1 OR min(CASE WHEN NOT a.own THEN a.about END) IS NULL
            THEN count(DISTINCT CASE WHEN NOT a.own THEN a.event_id END)
            ELSE greatest(0.05, count(DISTINCT CASE WHEN NOT a.own THEN a.event_id END)
                                - 0.95 * count(DISTINCT CASE WHEN NOT a.own AND a.reasoned THEN a.event_id END) - 0.5) END AS telling,
       count(DISTINCT CASE WHEN a.proves = 'content' THEN a.event_id END) AS content,
       list_sort(list(DISTINCT a.event_id) FILTER (WHERE a.event_id IS NOT NULL)) AS evidence
FROM away AS a
JOIN days AS d ON d.actor_person = a.actor_person AND d.local_day = a.local_day
GROUP BY a.actor_person, date_trunc('month', a.time)
ORDER BY a.actor_person, min(a.time)
