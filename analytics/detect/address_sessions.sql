-- Each session that was given an address (of a VPN), by the records of its beginning and its end that say which: a log-on whose next record of
-- the same account, session and address is a log-off has that end. What has no other end keeps it empty: a lost end closes nothing, and
-- the beginning of the next is none. `from_ip` and `to_ip` are where the records say that the client was.
--
-- A filter on what it is partitioned by (account, domain, session, address) is applied before it pairs; one on the time is not.
CREATE OR REPLACE TEMP VIEW address_sessions AS
WITH ends AS (
  SELECT event_id, time, system, actor_account, actor_domain, actor_person, session, action, src_ip, assigned_address(details) AS assigned_ip
  FROM clockless_events
  WHERE action IN ('login', 'logout') AND outcome IS DISTINCT FROM 'failure' AND actor_account IS NOT NULL AND assigned_address(details) IS NOT NULL
),
paired AS (
  SELECT *, lag(action) OVER one AS before, lead(action) OVER one = 'logout' AS ended, lead(time) OVER one AS next, lead(src_ip) OVER one AS next_ip,
         lead(event_id) OVER one AS next_event
  FROM ends
  WINDOW one AS (PARTITION BY actor_account, actor_domain, session, assigned_ip ORDER BY time, event_id)
)
SELECT actor_account, actor_domain, actor_person, system, assigned_ip,
       CASE WHEN action = 'login' THEN time END AS session_from_utc, CASE WHEN action = 'login' THEN src_ip END AS from_ip,
       CASE WHEN action = 'login' THEN event_id END AS from_event,
       CASE WHEN action = 'logout' THEN time WHEN ended THEN next END AS session_to_utc,
       CASE WHEN action = 'logout' THEN src_ip WHEN ended THEN next_ip END AS to_ip,
       CASE WHEN action = 'logout' THEN event_id WHEN ended THEN next_event END AS to_event
FROM paired
WHERE action = 'login' OR before IS DISTINCT FROM 'login';
