-- question: rights_given
-- asks:     Which rights has this person been given, by whom, and when were they taken away again?
-- sv:       Vilka behörigheter har personen fått, av vem, och när togs de bort igen?
-- params:   person TEXT (an employee's id, or an account); system TEXT (only in this system) = NULL;
--           held BOOLEAN (only what was held at `now`) = false;
--           now TIMESTAMPTZ (without: the present) = NULL; start, stop TIMESTAMPTZ (start <= given < stop, without: all there is) = NULL
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
SELECT time AS given_utc, changed_by AS given_by, target_account, system, target_group, object_type, object_id, object_path, outcome,
       taken_utc, taken_by, event_id AS given_event, taken_event
FROM rights AS r
WHERE ($system IS NULL OR system = $system)
  AND (target_account = $person OR sid = lower($person) OR EXISTS (
    SELECT 1
    FROM aliases AS a
    WHERE a.key = lower($person) AND (a.account = r.target_account OR lower(a.account) = r.sid)
      AND r.time >= a.valid_from AND (a.valid_to IS NULL OR r.time < a.valid_to)))
  AND (NOT $held OR (time <= $now AND (taken_utc IS NULL OR taken_utc > $now)))
  AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
ORDER BY given_utc DESC, given_event
