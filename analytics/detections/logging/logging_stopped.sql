-- detection: logging_stopped
-- severity:  high
-- finds:     logging is switched off, or its service is stopped or disabled and not started again within a quarter of
--            an hour (audit daemon, Windows' event log, Sysmon and forwarders, Microsoft 365)
-- sv_finds:  Loggning stängs av, eller en loggtjänst stoppas eller inaktiveras utan att startas igen inom en kvart
--            (granskningstjänsten i Linux, Windows händelselogg, Sysmon, program som vidarebefordrar loggar,
--            granskningsloggen i Microsoft 365).
-- sv:        Loggningen har stängts av, eller en loggtjänst har stoppats utan att startas igen.
-- en:        Logging was switched off, or a log service was stopped and not started again.
-- key:       account, source
-- window:    1
-- benign:    maintenance or a restart that took long; a server taken out of use
-- sv_benign: underhåll eller omstart som drog ut på tiden; avveckling av en server
-- triage:    1 is the logging on now?  2 who turned it off, and why?  3 what happened in the system while the logging stood still? (the completeness statement shows the gap)
-- sv_triage: 1 är loggningen igång nu?  2 vem stängde av den, och varför?  3 vad hände på systemet medan loggningen stod stilla? (vad svaret bygger på visar luckan)
-- attack:    T1562.001, T1562.002, T1562.008
WITH stopped AS (
  SELECT e.event_id, e.time, e.source, e.shard, lower(e.actor_account) AS account, 'daemon' AS what
  FROM events AS e
  WHERE e.action = 'log_clear' AND e.outcome <> 'failure' AND e.source IN (SELECT source FROM sources WHERE mapping = 'auditd')
  UNION ALL
  SELECT e.event_id, e.time, e.source, e.shard, lower(e.actor_account), 'unified audit log'
  FROM events AS e
  WHERE e.action = 'log_clear' AND e.outcome <> 'failure' AND e.object_type = 'adminauditlogconfig'
  UNION ALL
  -- The name of a service does not depend on Windows' language, its state does.
  SELECT w.event_id, w.time, w.source, lower(w.computer), lower(w.actor_account), lower(w.param1)
  FROM windows_fields AS w
  WHERE ((w.code = 7036 AND w.param2 IN ('stopped', 'stoppad', 'stoppades')) OR (w.code = 7040 AND w.param3 IN ('disabled', 'inaktiverad')))
    AND (lower(w.param1) IN ('windows event log', 'windows-händelselogg', 'eventlog', 'winlogbeat', 'nxlog', 'fluent-bit', 'fluentd', 'elastic agent', 'splunkforwarder')
         OR lower(w.param1) LIKE 'sysmon%')
),
started AS (
  SELECT e.time, e.source, e.shard, 'daemon' AS what
  FROM events AS e
  WHERE e.source IN (SELECT source FROM sources WHERE mapping = 'auditd') AND e.action IN ('other', 'config_change')
    AND (contains(e.details, 'DAEMON_START') OR contains(e.details, '"audit_enabled": "1"'))
  UNION ALL
  SELECT w.time, w.source, lower(w.computer), lower(w.param1)
  FROM windows_fields AS w
  WHERE w.code = 7036 AND w.param2 IN ('running', 'körs', 'startades')
)
SELECT coalesce(s.account, '-') AS account, s.source, s.what, count(*) AS events, list_sort(list(s.event_id)) AS evidence
FROM stopped AS s
WHERE NOT EXISTS (SELECT 1 FROM started AS r
                  WHERE r.source = s.source AND r.shard = s.shard AND r.what = s.what AND r.time >= s.time AND r.time <= s.time + INTERVAL 15 MINUTE)
GROUP BY coalesce(s.account, '-'), s.source, s.what
ORDER BY account, s.source, s.what
