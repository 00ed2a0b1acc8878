-- question: rights_given
-- asks:     Which rights has this person been given, by whom, and when were they taken away again?
-- sv:       Vilka behörigheter har personen fått, av vem, och när togs de bort igen?
-- params:   person TEXT (an employee's id, or an account); system TEXT (only in this system) = NULL;
--           start, stop TIMESTAMPTZ (start <= given < stop, without: all there is) = NULL
-- returns:  given_utc TIMESTAMPTZ, given_by TEXT, target_account TEXT, system TEXT, target_group TEXT, object_type TEXT,
--           object_id TEXT, object_path TEXT, outcome TEXT, taken_utc TIMESTAMPTZ, taken_by TEXT, given_event TEXT, taken_event TEXT
-- actions:  grant, revoke, share
-- counts:   each right, role, membership or shared thing that was given to the person's account while it was the person's; not
--           attempts that failed. It was taken away when the same right of the same account in the same system was taken away next,
--           also after stop. given_by and taken_by are the employee, else the account that did it
-- order:    the latest first, then by event
-- narrow:   any person via aliases in target_account
-- limits:   a right that was given before the logs begin, or by a group in a group, is not here; no taken_utc means that no log
--           tells that it was taken away. Active Directory writes a member by the place in the directory, which names nobody: such a
--           member is found by the SID beside it, if the directory's accounts have that SID. Without it, where the log's forwarder
--           keeps no names of fields, and where another system writes such a place without a SID, the right is not here
-- sv_counts: varje behörighet, roll, medlemskap eller delad sak som gavs till personens konto medan det var personens; inte försök
--           som misslyckades. Den togs bort när samma behörighet för samma konto i samma system därefter togs bort, även efter
--           periodens slut. Vem som gav och tog bort är medarbetaren, annars kontot
-- sv_limits: en behörighet som gavs innan loggarna börjar, eller genom en grupp i en grupp, är inte här; tomt under togs bort
--           betyder att ingen logg säger att den har tagits bort. Active Directory skriver en gruppmedlem med platsen i katalogen, som
--           inte pekar ut någon: medlemmen hittas genom SID:et bredvid, om personalkatalogens konton har det. Utan det, där det som
--           vidarebefordrar loggen inte behåller fältens namn, och där ett annat system skriver en sådan plats utan SID, är
--           behörigheten inte här
WITH changes AS (
  SELECT e.event_id, e.time, e.action, e.outcome, coalesce(e.actor_person, e.actor_account) AS changed_by, e.system,
         e.target_account, coalesce(m.sid, e.target_account) AS member, e.target_group, e.object_type, e.object_id, e.object_path
  FROM events AS e LEFT JOIN member_sids AS m ON m.event_id = e.event_id
  WHERE e.action IN ('grant', 'revoke', 'share') AND coalesce(e.outcome, '') <> 'failure'
    AND ($system IS NULL OR e.system = $system)
    AND (e.target_account = $person OR m.sid = lower($person) OR EXISTS (
      SELECT 1
      FROM aliases AS a
      WHERE a.key = lower($person) AND (a.account = e.target_account OR lower(a.account) = m.sid)
        AND e.time >= a.valid_from AND (a.valid_to IS NULL OR e.time < a.valid_to)))
),
paired AS (
  SELECT g.event_id, g.time, g.outcome, g.changed_by, g.system, g.target_account, g.target_group, g.object_type, g.object_id,
         g.object_path, r.time AS taken_utc, r.changed_by AS taken_by, r.event_id AS taken_event,
         row_number() OVER (PARTITION BY g.event_id ORDER BY r.time, r.event_id) AS place
  FROM changes AS g
  LEFT JOIN changes AS r
    ON r.action = 'revoke' AND r.time >= g.time AND r.member = g.member AND r.system IS NOT DISTINCT FROM g.system
    AND r.target_group IS NOT DISTINCT FROM g.target_group AND r.object_type IS NOT DISTINCT FROM g.object_type
    AND r.object_id IS NOT DISTINCT FROM g.object_id AND r.object_path IS NOT DISTINCT FROM g.object_path
  WHERE g.action IN ('grant', 'share')
)
SELECT time AS given_utc, changed_by AS given_by, target_account, system, target_group, object_type, object_id, object_path, outcome,
       taken_utc, taken_by, event_id AS given_event, taken_event
FROM paired
WHERE place = 1 AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
ORDER BY given_utc DESC, given_event
