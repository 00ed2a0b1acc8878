-- question: who_else
-- asks:     Who else took part of the same persons' information and the same objects as this employee or account, and of how many of them?
-- sv:       Vilka fler har tagit del av samma uppgifter och objekt som den här medarbetaren eller det här kontot, och hur många av dem?
-- params:   actor_person TEXT (id of the staff directory) = NULL; actor_account TEXT (as the log spells it, where no person is given) = NULL;
--           most INTEGER (of so many of them, the latest) = 200;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  actor_person TEXT, actor_account TEXT, things BIGINT, of_things BIGINT, events BIGINT, last_utc TIMESTAMPTZ
-- counts:   accesses of the period that weren't refused, by person (by account where the person isn't known). A thing is a person whom the
--           access was about, else an object, by its id, else its path; things = those of the employee's that the other had too, of so many
--           (of_things), the latest `most`; events = the other's accesses to them
-- narrow:   time
-- order:    the most things first, then the most events, then the columns from the left
-- limits:   that two have the same case is most often how the work is shared, and says nothing of either. Nobody else is there if the
--           employee had nothing
-- sv_counts: åtkomst i perioden som inte nekades, per person (per konto där personen inte är känd). En sak är den enskilde som åtkomsten
--           gällde, annars ett objekt, efter sitt id eller sin sökväg; antalet är de av medarbetarens senaste saker som också den andre
--           har tagit del av
-- sv_limits: att två har samma ärende är oftast hur arbetet är fördelat, och säger inget om någon av dem
WITH own AS (
  SELECT about, CASE WHEN about IS NULL THEN system END AS system, CASE WHEN about IS NULL THEN object_id END AS object_id,
         CASE WHEN about IS NULL AND object_id IS NULL THEN object_path END AS object_path, max(time) AS last
  FROM accesses
  WHERE (actor_person = $actor_person OR ($actor_person IS NULL AND actor_account = $actor_account))
    AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
    AND outcome IS DISTINCT FROM 'failure' AND (about IS NOT NULL OR object_id IS NOT NULL OR object_path IS NOT NULL)
  GROUP BY about, CASE WHEN about IS NULL THEN system END, CASE WHEN about IS NULL THEN object_id END,
           CASE WHEN about IS NULL AND object_id IS NULL THEN object_path END
),
placed AS (
  SELECT about, system, object_id, object_path, row_number() OVER (ORDER BY last DESC, about, system, object_id, object_path) AS thing
  FROM own
),
mine AS (SELECT about, system, object_id, object_path, thing FROM placed WHERE thing <= $most),
-- A way in is a branch of its own, so that of a file only that is read which one column chooses; what two of them find counts once.
hits AS (
  SELECT DISTINCT event_id, thing, time, actor_person, actor_account
  FROM (
    SELECT e.event_id, m.thing, e.time, e.action, e.source, e.outcome, e.actor_person, e.actor_account
    FROM events AS e JOIN mine AS m ON m.about = e.subject
    UNION ALL
    SELECT e.event_id, m.thing, e.time, e.action, e.source, e.outcome, e.actor_person, e.actor_account
    FROM events AS e JOIN object_subject AS t
      ON t.object_id = e.object_id AND t.system = e.system AND (t.object_type IS NULL OR t.object_type = e.object_type)
     AND e.time >= t.valid_from AND (t.valid_to IS NULL OR e.time < t.valid_to)
    JOIN mine AS m ON m.about = t.subject
    WHERE e.subject IS NULL
    UNION ALL
    SELECT e.event_id, m.thing, e.time, e.action, e.source, e.outcome, e.actor_person, e.actor_account
    FROM events AS e JOIN mine AS m ON m.object_id = e.object_id AND m.system IS NOT DISTINCT FROM e.system
    UNION ALL
    SELECT e.event_id, m.thing, e.time, e.action, e.source, e.outcome, e.actor_person, e.actor_account
    FROM events AS e JOIN mine AS m ON m.object_path = e.object_path AND m.system IS NOT DISTINCT FROM e.system
    WHERE e.object_id IS NULL
  ) AS found
  WHERE ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
    AND source <> 'sparhund' AND outcome IS DISTINCT FROM 'failure'
    AND coalesce(action, '') IN ('read', 'search', 'create', 'update', 'delete', 'copy', 'export', 'print', 'share', 'sign', 'break_glass')
    AND (actor_person IS NOT NULL OR actor_account IS NOT NULL)
),
others AS (
  SELECT actor_person, CASE WHEN actor_person IS NULL THEN actor_account END AS actor_account, event_id, thing, time
  FROM hits
  WHERE CASE WHEN $actor_person IS NOT NULL THEN actor_person IS DISTINCT FROM $actor_person
             ELSE actor_account IS DISTINCT FROM $actor_account END
)
SELECT actor_person, actor_account, count(DISTINCT thing) AS things, (SELECT count(*) FROM mine) AS of_things,
       count(DISTINCT event_id) AS events, max(time) AS last_utc
FROM others
GROUP BY actor_person, actor_account
ORDER BY things DESC, events DESC, actor_person, actor_account
