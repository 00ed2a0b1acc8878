-- Each session that was given an address (of a VPN), by the records of its beginning and its end that say which: a log-on whose next record of
-- the same account, person, session, client and address is a log-off has that end. What has no other end keeps it empty: a lost end closes
-- nothing, and the beginning of the next is none. `src_ip` is where the record says that the client was.
--
-- A filter on what it is partitioned by holds for all of a pair, so it changes no pairing; one on the time may cut one.
-- That an address is there is asked last: beside a filter on it, its record would be parsed twice.
CREATE OR REPLACE TEMP VIEW address_sessions AS
WITH ends AS (
  SELECT event_id, time, shard, position, part, actor_account, actor_domain, actor_person, session, action, src_ip, assigned_address(details) AS assigned_ip
  FROM clockless_events
  WHERE action IN ('login', 'logout') AND outcome IS DISTINCT FROM 'failure' AND actor_account IS NOT NULL
),
paired AS (
  SELECT *, lag(action) OVER one AS before, lead(action) OVER one = 'logout' AS ended, lead(time) OVER one AS next, lead(event_id) OVER one AS next_event
  FROM ends
  WINDOW one AS (PARTITION BY actor_account, actor_domain, actor_person, session, src_ip, assigned_ip ORDER BY time, shard, position, part)
)
SELECT actor_account, actor_domain, actor_person, src_ip, assigned_ip,
       CASE WHEN action = 'login' THEN time END AS session_from_utc, CASE WHEN action = 'login' THEN event_id END AS from_event,
       CASE WHEN action = 'logout' THEN time WHEN ended THEN next END AS session_to_utc,
       CASE WHEN action = 'logout' THEN event_id WHEN ended THEN next_event END AS to_event
FROM paired
WHERE CASE WHEN assigned_ip IS NULL THEN false ELSE action = 'login' OR before IS DISTINCT FROM 'login' END;
