-- question: who_had_address
-- asks:     Which account, device and person used this address around this time, how sure is it, and how far away are the sightings?
-- sv:       Vilket konto, vilken enhet och vilken person använde den här adressen kring den här tiden, och hur säkert är det?
-- params:   address TEXT (IP address); at TIMESTAMPTZ (the time that is asked about);
--           within_h INTEGER (hours before and after in which a sighting counts) = 12
-- returns:  actor_account TEXT, actor_domain TEXT, actor_person TEXT, certainty TEXT, device TEXT, src_host TEXT,
--           last_before_utc TIMESTAMPTZ, first_after_utc TIMESTAMPTZ, events BIGINT, accounts BIGINT
-- counts:   events from the address that didn't fail, `within_h` hours around `at`; accounts = different accounts among them.
--           certainty: 'strong' = the only person, by whichever account, seen both before (or at) and after; 'weak' = the only
--           person, seen on one side; 'shared' = one of several persons; 'device only' = no account is named. An account whose
--           holder isn't known counts as a person of its own
-- order:    by all columns but the counts
-- narrow:   any address
-- limits:   the gap from last_before_utc to first_after_utc is what nobody saw: an address can change hands in it. An address
--           behind translation (NAT, proxy, VPN) stands for many. A failed sign-in doesn't show that the named account was there.
-- sv_counts: händelser från adressen som inte misslyckades, så många timmar före och efter tidpunkten som anges; konton är olika
--           konton bland dem. Stark: den enda personen, oavsett konto, sedd både före och efter; svag: den enda personen, sedd på ena
--           sidan; delad: en av flera personer; bara dator: inget konto anges. Ett konto vars innehavare inte är känd räknas som en
--           egen person
-- sv_limits: mellan det sista före och det första efter har ingen sett något: adressen kan ha bytt användare. En adress bakom
--           adressöversättning (NAT, proxy, VPN) står för många. En misslyckad inloggning visar inte att kontots innehavare var
--           där
WITH seen AS (
  SELECT actor_account, actor_domain, actor_person, device, src_host, time
  FROM events
  WHERE src_ip = $address
    AND time >= $at - $within_h * INTERVAL 1 HOUR AND time <= $at + $within_h * INTERVAL 1 HOUR
    AND outcome IS DISTINCT FROM 'failure'
    AND (actor_account IS NOT NULL OR device IS NOT NULL OR src_host IS NOT NULL)
),
named AS (
  SELECT actor_account, actor_domain, actor_person, min(time) AS first, max(time) AS last
  FROM seen
  WHERE actor_account IS NOT NULL
  GROUP BY actor_account, actor_domain, actor_person
),
among AS (
  SELECT (SELECT count(*) FROM (SELECT DISTINCT actor_account, actor_domain FROM named) AS a) AS accounts,
         (SELECT count(*) FROM (SELECT DISTINCT actor_person, CASE WHEN actor_person IS NULL THEN actor_account END AS account,
                                                CASE WHEN actor_person IS NULL THEN actor_domain END AS domain FROM named) AS p) AS persons,
         (SELECT min(first) FROM named) AS first, (SELECT max(last) FROM named) AS last
)
SELECT s.actor_account, s.actor_domain, s.actor_person,
       CASE WHEN s.actor_account IS NULL THEN 'device only'
            WHEN max(a.persons) > 1 THEN 'shared'
            WHEN max(a.first) <= $at AND max(a.last) > $at THEN 'strong'
            ELSE 'weak' END AS certainty,
       s.device, s.src_host,
       max(CASE WHEN s.time <= $at THEN s.time END) AS last_before_utc,
       min(CASE WHEN s.time > $at THEN s.time END) AS first_after_utc,
       count(*) AS events,
       max(a.accounts) AS accounts
FROM seen AS s CROSS JOIN among AS a
GROUP BY s.actor_account, s.actor_domain, s.actor_person, s.device, s.src_host
ORDER BY s.actor_account, s.actor_domain, s.actor_person, s.device, s.src_host
