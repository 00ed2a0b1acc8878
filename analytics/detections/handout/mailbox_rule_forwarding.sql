-- detection: mailbox_rule_forwarding
-- severity:  critical
-- finds:     a rule or setting (a transport rule too) that forwards mail, or a copy of it, to an address that isn't one
--            of the municipality's accounts, or a client's rule (Outlook's) that forwards: there the log doesn't tell
--            where to, so each counts. Failed tries don't count
-- sv_finds:  En regel eller inställning (även en transportregel) som skickar e-post, eller en kopia av den, vidare till
--            en adress som inte är något av kommunens konton, eller en regel i e-postprogrammet (Outlook) som
--            vidarebefordrar: där framgår det inte av loggen vart, så varje sådan räknas. Misslyckade försök räknas
--            inte.
-- sv:        En regel skickar e-post vidare ut ur kommunen.
-- en:        A rule forwards mail out of the municipality.
-- key:       mailbox
-- window:    1
-- benign:    forwarding after a decision; an address that is missing in the register of accounts
-- sv_benign: vidarebefordran enligt beslut; en adress som saknas i kontoregistret
-- triage:    1 who set the rule, and from where did the account sign in?  2 remove the rule, and see whether other rules hide mail  3 what had time to be sent?
-- sv_triage: 1 vem satte regeln, och varifrån loggade kontot in?  2 ta bort regeln och kontrollera om andra regler gömmer post  3 vad hann skickas?
-- attack:    T1114.003, T1564.008
WITH said AS (
  SELECT e.event_id, lower(e.actor_account) AS account, lower(coalesce(e.target_account, e.object_id, e.actor_account)) AS mailbox, e.object_type, unnest(e.changes) AS c
  FROM events AS e
  WHERE e.action = 'config_change' AND e.outcome <> 'failure' AND e.object_type IN ('inboxrule', 'mailbox', 'transportrule', 'remotemailbox', 'mailboxjunkemailconfiguration')
),
forwarded AS (
  SELECT s.event_id, s.account, CASE WHEN s.object_type = 'inboxrule' THEN s.account ELSE s.mailbox END AS mailbox, lower(s.c.after) AS to_address
  FROM said AS s
  WHERE s.c.field IN ('ForwardTo', 'ForwardAsAttachmentTo', 'RedirectTo', 'RedirectMessageTo', 'ForwardingSmtpAddress', 'ForwardingAddress', 'BlindCopyTo', 'CopyTo')
    AND s.c.after IS NOT NULL AND s.c.after <> ''
),
outside AS (
  SELECT f.event_id, f.account, f.mailbox, f.to_address
  FROM forwarded AS f
  WHERE NOT EXISTS (SELECT 1 FROM accounts AS a WHERE contains(f.to_address, lower(a.account)))
  UNION ALL
  -- Outlook's own rules come as text within the record, so whether the address lies outside isn't told.
  SELECT e.event_id, lower(e.actor_account), lower(e.actor_account), CAST(NULL AS TEXT)
  FROM events AS e
  WHERE e.action = 'config_change' AND e.outcome <> 'failure' AND contains(e.details, 'UpdateInboxRules')
    AND (contains(e.details, 'Forward') OR contains(e.details, 'Redirect'))
)
SELECT coalesce(mailbox, '-') AS mailbox, count(*) AS events, min(account) AS by_account, min(to_address) AS to_address, list_sort(list(event_id)) AS evidence
FROM outside
GROUP BY coalesce(mailbox, '-')
ORDER BY mailbox
