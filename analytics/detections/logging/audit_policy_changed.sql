-- detection: audit_policy_changed
-- severity:  critical
-- finds:     a person changes what is logged: Windows' audit policy, audit rules of Linux that are removed, a mailbox's
--            or the tenant's auditing in Microsoft 365 and how long its log is kept, PostgreSQL's logging (pgAudit),
--            audits of SQL Server. What machines' accounts do, and failed tries, don't count
-- sv_finds:  En person ändrar vad som loggas: Windows granskningsprincip, borttagna granskningsregler i Linux,
--            granskningen av en brevlåda eller av hela organisationen i Microsoft 365 och hur länge dess
--            granskningslogg sparas, loggningen i PostgreSQL (pgAudit) eller granskningar i SQL Server. Det som
--            datorkonton gör och misslyckade försök räknas inte.
-- sv:        En person har ändrat vad som loggas.
-- en:        A person changed what is logged.
-- key:       account, source
-- window:    1
-- benign:    a planned change of the logging
-- sv_benign: planerad ändring av loggningen
-- triage:    1 is there a decision on the change?  2 is what the classification demands still logged?  3 put it back; what did the account do after the change?
-- sv_triage: 1 finns ett beslut om ändringen?  2 loggas fortfarande det som klassningen kräver?  3 återställ; vad gjorde kontot efter ändringen?
-- attack:    T1562.002, T1562.008, T1562.012
SELECT lower(e.actor_account) AS account, e.source, count(*) AS events, min(e.object_type) AS first_setting, list_sort(list(e.event_id)) AS evidence
FROM events AS e
WHERE e.action = 'config_change' AND e.outcome <> 'failure' AND e.actor_account NOT LIKE '%$' AND e.source <> 'sparhund'
  AND (e.object_type IN ('audit policy', 'audit', 'mailboxauditbypassassociation', 'adminauditlogconfig', 'unifiedauditlogretentionpolicy')
       OR (e.object_type = 'audit rule' AND contains(e.details, 'remove_rule'))
       OR (e.object_type IN ('mailbox', 'organizationconfig') AND (contains(e.details, 'AuditEnabled') OR contains(e.details, 'AuditDisabled')))
       OR (contains(lower(e.details), 'alter system') AND (contains(lower(e.details), 'pgaudit') OR contains(lower(e.details), 'log_statement') OR contains(lower(e.details), 'logging_collector'))))
GROUP BY lower(e.actor_account), e.source
ORDER BY account, e.source
