-- detection: log_cleared
-- severity:  critical
-- finds:     a log is cleared by somebody (Windows, Keycloak, firewalls, databases and others). That Windows' log
--            service ends, as at each shutdown, doesn't count; logging that is switched off or whose service is stopped
--            is the matter of a rule of its own. Failed tries don't count
-- sv_finds:  Någon tömmer en logg (i Windows, Keycloak, brandväggar, databaser med flera). Att Windows loggtjänst
--            avslutas, som vid varje avstängning, räknas inte; att loggning stängs av eller en loggtjänst stoppas
--            prövas av en egen regel. Misslyckade försök räknas inte.
-- sv:        En logg har tömts.
-- en:        A log was cleared.
-- key:       account, source
-- window:    1
-- benign:    a computer that is prepared for a new user; troubleshooting under a ticket
-- sv_benign: en dator som förbereds för ny användare; felsökning enligt ärende
-- triage:    1 who did it, and why?  2 what was collected before is kept here: what did the account do before it?  3 an incident; a cleared log is seldom innocent
-- sv_triage: 1 vem gjorde det, och varför?  2 det som redan har samlats in finns kvar här: vad gjorde kontot dessförinnan?  3 incidentärende; en tömd logg är sällan oskyldig
-- attack:    T1070.001
SELECT coalesce(lower(e.actor_account), '-') AS account, e.source, count(*) AS events, min(e.object_id) AS log, list_sort(list(e.event_id)) AS evidence
FROM events AS e
WHERE e.action = 'log_clear' AND e.outcome <> 'failure' AND e.source <> 'sparhund'
  AND coalesce(e.object_type, '-') <> 'adminauditlogconfig'
  AND e.source NOT IN (SELECT source FROM sources WHERE mapping = 'auditd')
  -- 1100: the event log's service ends, as at each shutdown
  AND NOT (e.actor_account IS NULL AND contains(coalesce(e.details, '-'), '1100'))
GROUP BY coalesce(lower(e.actor_account), '-'), e.source
ORDER BY account, e.source
