-- question: rights_given
-- asks:     Which rights has this person been given, by whom, and when were they taken away again?
-- sv:       Vilka behörigheter har personen fått, av vem, och när togs de bort igen?
-- params:   person TEXT (an employee's id, or an account); system TEXT (only in this system) = NULL;
--           held BOOLEAN (only what was held at `now`) = false;
--           after_employment BOOLEAN (only what was given when no employment was in force any more) = false;
--           now TIMESTAMPTZ (without: the present) = NULL; start, stop TIMESTAMPTZ (start <= given < stop, without: all there is) = NULL
-- returns:  given_utc TIMESTAMPTZ, given_by TEXT, target_account TEXT, system TEXT, target_group TEXT, object_type TEXT,
--           object_id TEXT, object_path TEXT, outcome TEXT, after_employment BOOLEAN, taken_utc TIMESTAMPTZ, taken_by TEXT,
--           given_event TEXT, taken_event TEXT
-- actions:  grant, revoke, share
-- counts:   each right, role, membership or shared thing that was given to the person's account while it was the person's; not
--           attempts that failed. An account is the same in capitals, and as KOMMUN\anna and anna@kommun.example. It was taken away when the
--           same right of the same account in the same system was taken away next, also after stop. given_by and taken_by are the
--           employee, else the account that did it. What two sources tell of the same right, account, system and giver within five seconds is
--           one. after_employment: the right was given when the person's employment had ended, and none was in force
-- order:    the latest first, then by event
-- narrow:   any person via aliases in target_account
-- limits:   a right that was given before the logs begin, or by a group in a group, is not here; no taken_utc means that no log
--           tells that it was taken away. Active Directory writes a member by the place in the directory, which names nobody: such a
--           member is found by the SID beside it, if the directory's accounts have that SID. Without it, where the log's forwarder
--           keeps no names of fields, and where another system writes such a place without a SID, the right is not here. Nor is one of a
--           name that only the log, or only the directory, writes with a domain: anna may be another in another domain. A right that two
--           systems tell of (Active Directory and Entra ID) stands in each, and so does one that two sources tell of by different givers
--           or more than five seconds apart. What was taken away by another name of the member, beside a SID that the directory
--           doesn't have, is told as held. Of a domain the first label counts: anna@a.example and anna@a.test are taken for one
-- sv_counts: varje behörighet, roll, medlemskap eller delad sak som gavs till personens konto medan det var personens; inte försök
--           som misslyckades. Ett konto är detsamma med stora bokstäver, och som KOMMUN\anna och anna@kommun.example. Behörigheten togs bort
--           när samma behörighet för samma konto i samma system därefter togs bort, även efter periodens slut. Vem som gav och tog bort är
--           medarbetaren, annars kontot. Det som två källor säger om samma behörighet, konto, system och givare inom fem sekunder räknas
--           en gång. Efter anställningen: behörigheten gavs när personens anställning hade upphört och ingen annan gällde
-- sv_limits: en behörighet som gavs innan loggarna börjar, eller genom en grupp i en grupp, är inte här; tomt under togs bort
--           betyder att ingen logg säger att den har tagits bort. Active Directory skriver en gruppmedlem med platsen i katalogen, som
--           inte pekar ut någon: medlemmen hittas genom SID:et bredvid, om personalkatalogens konton har det. Utan det, där det som
--           vidarebefordrar loggen inte behåller fältens namn, och där ett annat system skriver en sådan plats utan SID, är
--           behörigheten inte här. Det är den inte heller om bara loggen, eller bara personalkatalogen, skriver kontot med domän: anna kan
--           vara någon annan i en annan domän. En behörighet som två system talar om (Active Directory och Entra ID) står för vart och
--           ett, och likaså en som två källor talar om med olika givare eller med mer än fem sekunder emellan. Det som togs bort under ett annat
--           namn på medlemmen, bredvid ett SID som personalkatalogen inte har, visas som om det finns kvar. Av en domän räknas bara första
--           ledet: anna@a.example och anna@a.test tas för samma konto
-- An account of nobody's, or of a person of whom the directory has no account, is found as it was asked for, at any time.
WITH named AS (
  SELECT account_key(account) AS account, person, valid_from, valid_to FROM aliases WHERE key = lower($person) AND account IS NOT NULL
  UNION ALL
  SELECT account_key($person), CAST(NULL AS TEXT), TIMESTAMPTZ '1601-01-01 00:00:00+00', CAST(NULL AS TIMESTAMPTZ)
  WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE lower(person) = lower($person))
),
given AS (
  SELECT r.event_id, r.time, r.changed_by, r.target_account, r.system, r.target_group, r.object_type, r.object_id, r.object_path, r.outcome,
         r.taken_utc, r.taken_by, r.taken_event,
         max(CASE WHEN least(p.employed_to, p.valid_to) <= r.time THEN 1 ELSE 0 END) AS ended,
         max(CASE WHEN p.valid_from <= r.time AND coalesce(p.valid_to > r.time, true) AND coalesce(p.employed_to > r.time, true) THEN 1 ELSE 0 END) AS employed
  FROM rights AS r
  JOIN named AS n ON (n.account = r.account OR n.account = r.sid) AND r.time >= n.valid_from AND (n.valid_to IS NULL OR r.time < n.valid_to)
  LEFT JOIN people AS p ON p.person = n.person
  WHERE ($system IS NULL OR r.system = $system)
    AND (NOT $held OR (r.time <= $now AND (r.taken_utc IS NULL OR r.taken_utc > $now)))
    AND ($start IS NULL OR r.time >= $start) AND ($stop IS NULL OR r.time < $stop)
  GROUP BY r.event_id, r.time, r.changed_by, r.target_account, r.system, r.target_group, r.object_type, r.object_id, r.object_path, r.outcome,
           r.taken_utc, r.taken_by, r.taken_event
)
SELECT time AS given_utc, changed_by AS given_by, target_account, system, target_group, object_type, object_id, object_path, outcome,
       ended = 1 AND employed = 0 AS after_employment, taken_utc, taken_by, event_id AS given_event, taken_event
FROM given
WHERE (NOT $after_employment OR (ended = 1 AND employed = 0))
ORDER BY given_utc DESC, given_event
