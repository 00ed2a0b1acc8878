-- question: who_had_address
-- asks:     Which account, device and person used this address around this time, how sure is it, and how far away are the sightings?
-- sv:       Vilket konto, vilken enhet och vilken person använde den här adressen kring den här tiden, och hur säkert är det?
-- params:   address TEXT (IP address); at TIMESTAMPTZ (the time that is asked about);
--           within_h INTEGER (hours before and after in which a sighting counts) = 12
-- returns:  actor_account TEXT, actor_domain TEXT, actor_person TEXT, certainty TEXT, device TEXT, src_host TEXT,
--           session_from_utc TIMESTAMPTZ, session_to_utc TIMESTAMPTZ, last_before_utc TIMESTAMPTZ, first_after_utc TIMESTAMPTZ,
--           events BIGINT, accounts BIGINT
-- counts:   events from the address that didn't fail, `within_h` hours around `at`; accounts = different accounts among them.
--           A VPN that gives addresses to sessions tells to whom (FortiGate's tunnelip): such a session is a row, from its beginning
--           to its end, empty where that isn't seen. certainty: 'session' = a session that had the address at that time;
--           'other time' = one that had ended or not begun, and what was seen from the address in it; 'strong' = the only person, by whichever account, seen both before (or at) and after; 'weak' = the only
--           person, seen on one side; 'shared' = one of several persons; 'device only' = no account is named. An account whose
--           holder isn't known counts as a person of its own
-- order:    by all columns but the counts
-- narrow:   around at within_h
-- limits:   the gap from last_before_utc to first_after_utc is what nobody saw: an address can change hands in it. An address
--           behind translation (NAT, proxy, VPN) stands for many. A session that began or ended further away than `within_h` hours is told
--           by the other end alone. A failed sign-in doesn't show that the named account was there.
-- sv_counts: händelser från adressen som inte misslyckades, så många timmar före och efter tidpunkten som anges; konton är olika
--           konton bland dem. En VPN-session som har fått adressen är en rad, från början till slut. Session: en session hade adressen
--           vid tidpunkten; annan tid: sessionen hade slutat eller inte börjat. Stark: den enda personen, oavsett konto, sedd både före och efter; svag: den enda personen, sedd på ena
--           sidan; delad: en av flera personer; bara dator: inget konto anges. Ett konto vars innehavare inte är känd räknas som en
--           egen person
-- sv_limits: mellan det sista före och det första efter har ingen sett något: adressen kan ha bytt användare. En adress bakom
--           adressöversättning (NAT, proxy, VPN) står för många. En misslyckad inloggning visar inte att kontots innehavare var
--           där
WITH near AS (
  SELECT actor_account, actor_domain, actor_person, device, src_host, time
  FROM events
  WHERE time >= $at - $within_h * INTERVAL 1 HOUR AND time <= $at + $within_h * INTERVAL 1 HOUR
    AND outcome IS DISTINCT FROM 'failure' AND src_ip = $address
    AND (actor_account IS NOT NULL OR device IS NOT NULL OR src_host IS NOT NULL)
),
-- The sessions that were given the address, each with the ends that lie so near.
sessions AS (
  SELECT actor_account, actor_domain, actor_person,
         CASE WHEN session_from_utc >= $at - $within_h * INTERVAL 1 HOUR AND session_from_utc <= $at + $within_h * INTERVAL 1 HOUR
              THEN session_from_utc END AS session_from_utc,
         CASE WHEN session_to_utc >= $at - $within_h * INTERVAL 1 HOUR AND session_to_utc <= $at + $within_h * INTERVAL 1 HOUR
              THEN session_to_utc END AS session_to_utc
  FROM address_sessions
  WHERE assigned_ip = lower($address)
),
spans AS (
  SELECT actor_account, actor_domain, actor_person, session_from_utc, session_to_utc,
         coalesce(session_from_utc > $at, false) OR coalesce(session_to_utc <= $at, false) AS elsewhere
  FROM sessions
  WHERE session_from_utc IS NOT NULL OR session_to_utc IS NOT NULL
),
seen AS (
  SELECT n.actor_account, n.actor_domain, n.actor_person, n.device, n.src_host, n.time, CAST(NULL AS TIMESTAMPTZ) AS session_from_utc,
         CAST(NULL AS TIMESTAMPTZ) AS session_to_utc,
         EXISTS (SELECT 1 FROM spans AS s WHERE s.elsewhere AND s.session_from_utc <= n.time AND n.time < s.session_to_utc) AS elsewhere
  FROM near AS n
  UNION ALL
  SELECT actor_account, actor_domain, actor_person, CAST(NULL AS TEXT) AS device, CAST(NULL AS TEXT) AS src_host, session_from_utc AS time,
         session_from_utc, session_to_utc, elsewhere
  FROM spans
  WHERE session_from_utc IS NOT NULL
  UNION ALL
  SELECT actor_account, actor_domain, actor_person, CAST(NULL AS TEXT) AS device, CAST(NULL AS TEXT) AS src_host, session_to_utc AS time,
         session_from_utc, session_to_utc, elsewhere
  FROM spans
  WHERE session_to_utc IS NOT NULL
),
named AS (
  SELECT actor_account, actor_domain, actor_person, min(time) AS first, max(time) AS last
  FROM seen
  WHERE actor_account IS NOT NULL AND NOT elsewhere
  GROUP BY actor_account, actor_domain, actor_person
),
among AS (
  SELECT (SELECT count(*) FROM (SELECT DISTINCT actor_account, actor_domain FROM named) AS a) AS accounts,
         (SELECT count(*) FROM (SELECT DISTINCT actor_person, CASE WHEN actor_person IS NULL THEN actor_account END AS account,
                                                CASE WHEN actor_person IS NULL THEN actor_domain END AS domain FROM named) AS p) AS persons,
         (SELECT min(first) FROM named) AS first, (SELECT max(last) FROM named) AS last
)
SELECT s.actor_account, s.actor_domain, s.actor_person,
       CASE WHEN s.elsewhere THEN 'other time'
            WHEN s.actor_account IS NULL THEN 'device only'
            WHEN s.session_from_utc IS NOT NULL AND s.session_to_utc IS NOT NULL THEN 'session'
            WHEN max(a.persons) > 1 THEN 'shared'
            WHEN max(a.first) <= $at AND max(a.last) > $at THEN 'strong'
            ELSE 'weak' END AS certainty,
       s.device, s.src_host, s.session_from_utc, s.session_to_utc,
       max(CASE WHEN s.time <= $at THEN s.time END) AS last_before_utc,
       min(CASE WHEN s.time > $at THEN s.time END) AS first_after_utc,
       count(*) AS events,
       max(a.accounts) AS accounts
FROM seen AS s CROSS JOIN among AS a
GROUP BY s.actor_account, s.actor_domain, s.actor_person, s.device, s.src_host, s.session_from_utc, s.session_to_utc, s.elsewhere
ORDER BY s.actor_account, s.actor_domain, s.actor_person, s.device, s.src_host, s.session_from_utc, s.session_to_utc, certainty
