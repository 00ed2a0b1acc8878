-- mapping:  windows_security
-- reads:    one Windows event a record: EVTX, Event XML, or the JSON of a forwarder. Winlogbeat and Elastic Agent (winlog.*, and the flat
--           event_id/event_data of version 6), NXLog to_json (flat), evtx_dump and python-evtx ({"Event": …}), EvtxECmd, Get-WinEvent |
--           ConvertTo-Json, Fluent Bit, Fluentd, Grafana Agent, OpenTelemetry, Sentinel SecurityEvent and WindowsEvent, Splunk's export, GELF, Wazuh;
--           JSON or Event XML behind a syslog header, or as text in a member `message`
-- source:   Microsoft Learn, "Advanced security audit policy settings" (one page for each event: meaning, Event XML, field list); the event
--           schema (EventManifest, xs:dateTime SystemTime is UTC); [MS-KILE] and [MS-NRPC] status codes; reference manuals of the forwarders named above
-- decoders: evtx, xml, json_array, ndjson, csv, lines
-- proved:   from documentation: event ids, EventData names and %% codes from Microsoft Learn "Security auditing" (event-NNNN pages); AccessMask bits from
--           "File Access Rights Constants", "Registry Key Security and Access Rights" and [MS-ADTS] 5.1.3.2; winlog.* from "Winlogbeat exported fields";
--           EventID, EventTime, Hostname, Keywords, EventType from NXLog "im_msvistalog"; TimeCreated and StringInserts from Fluent Bit "winevtlog";
--           columns of SecurityEvent from the Azure Monitor table reference; Sysmon fields from its manual; 307 of PrintService (document, user, machine, printer) from its manifest; EVTX read back by the `evtx` package
-- traps:    TargetUserName is the actor of a logon (4624, 4625, 4634, 4647, 4768 to 4777) and the target of account management; in 4728 and its like it is
--           the group, and the target is MemberName (MemberSid where the name is '-'); in 4740 TargetDomainName is the calling computer;
--           4656, 4661, 4674 and 5145 open or check and prove nothing read; 4663 has no failures; the outcome is the keyword's audit bit, for
--           Kerberos and NTLM the Status; Keywords as a signed 64-bit number (NXLog); EventTime and its like have no zone; record ids are
--           unique within one computer and channel only, so the id has all three; rendered text is localised and never read
WITH
-- What each event id means. actor: whose name is the one who did it (subject, target, client = AccountName, requester, any = see `named`, none).
-- target: account = TargetUserName, member and group = both, sid = TargetSid, group = TargetUserName as a group, outbound = TargetOutboundUserName.
-- outcome: what is true if neither a keyword nor a status says; an event that Windows writes for both is unknown then.
-- thing: which fields are the object (see `named`). sure: false where the record shows a handle or a check, not what was done with it.
known AS (
  SELECT family, unnest(ids) AS id, action, class_uid, activity, actor, target, thing, sure, outcome
  FROM (VALUES
    -- logon and logoff
    ('security', [4624], 'login', 3002, 1, 'target', 'outbound', NULL, true, 'success'),
    ('security', [4778], 'login', 3002, 1, 'client', NULL, NULL, true, 'success'),
    ('security', [4625, 4649], 'login', 3002, 1, 'target', NULL, NULL, true, 'failure'),
    ('security', [4825], 'login', 3002, 1, 'client', NULL, NULL, true, 'failure'),
    ('security', [4634, 4647], 'logout', 3002, 2, 'target', NULL, NULL, true, 'success'),
    ('security', [4779], 'logout', 3002, 2, 'client', NULL, NULL, true, 'success'),
    ('security', [4648], 'login', 3002, 1, 'subject', 'account', 'server', true, 'success'),
    ('security', [4626, 4627, 4675, 4800, 4801, 4802, 4803], 'other', 3002, 99, 'target', NULL, NULL, true, 'success'),
    ('security', [4672], 'other', 3003, 1, 'subject', NULL, NULL, true, 'success'),
    ('security', [4964], 'other', 3003, 2, 'target', NULL, NULL, true, 'success'),
    ('security', [5378], 'other', 3002, 99, 'subject', NULL, NULL, true, 'failure'),
    ('security', [5632, 5633], 'login', 3002, 1, 'subject', NULL, NULL, true, 'unknown'),
    ('security', [6272, 6277, 6278], 'login', 3002, 1, 'subject', NULL, NULL, true, 'success'),
    ('security', [6273, 6274, 6276], 'login', 3002, 1, 'subject', NULL, NULL, true, 'failure'),
    ('security', [6275], 'other', 3002, 99, 'subject', NULL, NULL, true, 'failure'),
    ('security', [6279, 6280], 'account_change', 3007, NULL, 'none', 'subject', NULL, true, 'success'),
    -- Kerberos and NTLM, on a domain controller
    ('security', [4768], 'login', 3002, 3, 'target', NULL, 'ticket', true, 'unknown'),
    ('security', [4769], 'login', 3002, 4, 'target', NULL, 'ticket', true, 'unknown'),
    ('security', [4770], 'other', 3002, 5, 'target', NULL, 'ticket', true, 'success'),
    ('security', [4774], 'other', 3002, 99, 'client', NULL, NULL, true, 'success'),
    ('security', [4771, 4772, 4773, 4777, 4820, 4821, 4822, 4823, 4824], 'login', 3002, 1, 'target', NULL, 'ticket', true, 'failure'),
    ('security', [4775], 'login', 3002, 1, 'client', NULL, NULL, true, 'failure'),
    ('security', [4776], 'login', 3002, 1, 'target', NULL, NULL, true, 'unknown'),
    -- accounts
    ('security', [4720, 4741], 'account_create', 3007, NULL, 'subject', 'account', NULL, true, 'success'),
        ('security', [4723, 4724, 4794], 'account_change', 3007, NULL, 'subject', 'account', NULL, true, 'unknown'),
    ('security', [4726, 4743], 'account_delete', 3007, NULL, 'subject', 'account', NULL, true, 'success'),
    ('security', [4722, 4725, 4738, 4740, 4742, 4765, 4767, 4780, 4781], 'account_change', 3007, NULL, 'subject', 'account', NULL, true, 'success'),
    ('security', [4766], 'account_change', 3007, NULL, 'subject', 'account', NULL, true, 'failure'),
    ('security', [4782], 'read', NULL, NULL, 'subject', 'account', 'password', true, 'success'),
    ('security', [4793], 'other', NULL, NULL, 'subject', 'account', NULL, true, 'success'),
    ('security', [4797, 4798], 'search', NULL, NULL, 'subject', 'account', NULL, true, 'success'),
    ('security', [4799], 'search', NULL, NULL, 'subject', 'group', NULL, true, 'success'),
    ('security', [5376], 'export', NULL, NULL, 'subject', NULL, 'credentials', true, 'success'),
    ('security', [5377], 'update', NULL, NULL, 'subject', NULL, 'credentials', true, 'success'),
    ('security', [5379, 5381, 5382], 'read', NULL, NULL, 'subject', NULL, 'credentials', false, 'success'),
    -- groups
    ('security', [4727, 4731, 4744, 4749, 4754, 4759, 4783, 4790], 'account_create', 3006, 6, 'subject', 'group', NULL, true, 'success'),
    ('security', [4735, 4737, 4745, 4750, 4755, 4760, 4764, 4784, 4791], 'account_change', 3006, 99, 'subject', 'group', NULL, true, 'success'),
    ('security', [4730, 4734, 4748, 4753, 4758, 4763, 4789, 4792], 'account_delete', 3006, 5, 'subject', 'group', NULL, true, 'success'),
    ('security', [4728, 4732, 4746, 4751, 4756, 4761, 4785, 4788], 'grant', 3006, 3, 'subject', 'both', NULL, true, 'success'),
    ('security', [4729, 4733, 4747, 4752, 4757, 4762, 4786, 4787], 'revoke', 3006, 4, 'subject', 'both', NULL, true, 'success'),
    -- objects: what was done is in the access mask
    ('security', [4663], 'by mask', 1001, NULL, 'subject', NULL, 'object', true, 'success'),
    ('security', [4662], 'by mask', NULL, NULL, 'subject', NULL, 'object', true, 'unknown'),
    ('security', [4656, 4661, 4674], 'by mask', 1001, NULL, 'subject', NULL, 'object', false, 'unknown'),
    ('security', [4691], 'by mask', 1001, NULL, 'subject', NULL, 'object', false, 'success'),
    ('security', [4659], 'delete', 1001, 4, 'subject', NULL, 'object', false, 'success'),
    ('security', [4660], 'delete', 1001, 4, 'subject', NULL, 'handle', true, 'success'),
    ('security', [4658, 4690], 'other', 1001, 99, 'subject', NULL, 'handle', true, 'success'),
    ('security', [4657], 'by operation', NULL, NULL, 'subject', NULL, 'registry value', true, 'success'),
    ('security', [4664], 'create', 1001, 1, 'subject', NULL, 'link', true, 'success'),
    ('security', [4670], 'grant', 1001, 7, 'subject', NULL, 'object', true, 'success'),
    ('security', [4907, 4911, 4913], 'config_change', 1001, 7, 'subject', NULL, 'object', true, 'success'),
    ('security', [4985], 'other', NULL, NULL, 'subject', NULL, NULL, true, 'success'),
    ('security', [4673], 'other', NULL, NULL, 'subject', NULL, 'privileged service', true, 'unknown'),
    ('security', [8222], 'create', NULL, NULL, 'subject', NULL, 'shadow copy', true, 'success'),
    ('security', [5136, 5138, 5139, 5169, 5170], 'update', 6003, 3, 'subject', NULL, 'directory object', true, 'success'),
    ('security', [5137], 'create', 6003, 1, 'subject', NULL, 'directory object', true, 'success'),
    ('security', [5141], 'delete', 6003, 4, 'subject', NULL, 'directory object', true, 'success'),
    -- shares
    ('security', [5140], 'share', 6006, 14, 'subject', NULL, 'share', false, 'unknown'),
    ('security', [5142], 'create', 6006, 99, 'subject', NULL, 'share', true, 'success'),
    ('security', [5143], 'update', 6006, 99, 'subject', NULL, 'share', true, 'success'),
    ('security', [5144], 'delete', 6006, 99, 'subject', NULL, 'share', true, 'success'),
    ('security', [5145], 'by mask', 1001, NULL, 'subject', NULL, 'shared file', false, 'unknown'),
    ('security', [5168], 'other', NULL, NULL, 'subject', NULL, NULL, true, 'failure'),
    -- scheduled tasks, services
    ('security', [4698], 'create', 1006, 1, 'subject', NULL, 'task', true, 'success'),
    ('security', [4699], 'delete', 1006, 3, 'subject', NULL, 'task', true, 'success'),
    ('security', [4700], 'update', 1006, 4, 'subject', NULL, 'task', true, 'success'),
    ('security', [4701], 'update', 1006, 5, 'subject', NULL, 'task', true, 'success'),
    ('security', [4702], 'update', 1006, 2, 'subject', NULL, 'task', true, 'success'),
    ('security', [4697], 'config_change', NULL, NULL, 'subject', NULL, 'service', true, 'success'),
    -- rights and policy
    ('security', [4704], 'grant', 3007, NULL, 'subject', 'sid', 'right', true, 'success'),
    ('security', [4705], 'revoke', 3007, NULL, 'subject', 'sid', 'right', true, 'success'),
    ('security', [4717], 'grant', 3007, NULL, 'subject', 'sid', 'right', true, 'success'),
    ('security', [4718], 'revoke', 3007, NULL, 'subject', 'sid', 'right', true, 'success'),
    ('security', [4703], 'other', 3003, 99, 'subject', 'account', NULL, true, 'success'),
    ('security', [4719, 4912], 'config_change', NULL, NULL, 'subject', NULL, 'audit policy', true, 'success'),
    ('security', [4616, 4706, 4707, 4709, 4710, 4711, 4712, 4713, 4714, 4715, 4716, 4739, 4817, 4818, 4819, 4826, 4864, 4865, 4866, 4867,
                  4902, 4904, 4905, 4906, 4908, 4909, 4910, 4944, 4945, 4946, 4947, 4948, 4949, 4950, 4951, 4952, 4953, 4954, 4956, 4957, 4958,
                  5025, 5030, 5034, 5035, 5037, 5040, 5041, 5042, 5043, 5044, 5045, 5046, 5047, 5048, 5440, 5441, 5442, 5443, 5444,
                  5446, 5447, 5448, 5449, 5450, 6144],
      'config_change', NULL, NULL, 'subject', NULL, NULL, true, 'success'),
    ('security', [6145], 'config_change', NULL, NULL, 'subject', NULL, NULL, true, 'failure'),
    -- certificate services
    ('security', [4870, 4871, 4873, 4874, 4875, 4882, 4885, 4890, 4891, 4892, 4895, 4896, 4897, 4898, 4899, 4900], 'config_change', NULL, NULL,
      'subject', NULL, NULL, true, 'success'),
    ('security', [4886, 4887, 4888, 4889], 'other', NULL, NULL, 'requester', NULL, NULL, true, 'success'),
    -- the log itself
    ('security', [104, 1100, 1102], 'log_clear', 1008, 1, 'subject', NULL, 'log', true, 'success'),
    ('security', [1101, 1104, 1105, 1108], 'other', 1008, 99, 'none', NULL, 'log', true, 'unknown'),
    -- processes
    ('security', [4688], 'execute', 1007, 1, 'subject', 'account', 'process', true, 'success'),
    ('security', [4689], 'other', 1007, 2, 'subject', NULL, 'process', true, 'success'),
    ('security', [4696], 'other', 1007, 99, 'subject', 'account', 'process', true, 'success'),
    -- the filtering platform
    ('security', [5156, 5158, 5154], 'connect', 4001, 1, 'none', NULL, 'connection', true, 'success'),
    ('security', [5031, 5150, 5151, 5152, 5153, 5155, 5157, 5159], 'connect', 4001, 5, 'none', NULL, 'connection', true, 'failure'),
    -- other channels; what is not named is 'other'
    ('sysmon', [1], 'execute', 1007, 1, 'any', NULL, 'process', true, 'unknown'),
    ('sysmon', [3], 'connect', 4001, 1, 'any', NULL, 'connection', true, 'unknown'),
    ('sysmon', [11], 'create', 1001, 1, 'any', NULL, 'file', true, 'unknown'),
    ('sysmon', [23, 26], 'delete', 1001, 4, 'any', NULL, 'file', true, 'unknown'),
    ('powershell', [400, 800, 4103, 4104], 'execute', 1007, 1, 'any', NULL, 'script', true, 'unknown'),
    ('terminal', [21, 25, 1149], 'login', 3002, 1, 'any', NULL, NULL, true, 'success'),
    ('terminal', [23, 24], 'logout', 3002, 2, 'any', NULL, NULL, true, 'success'),
    ('winlogon', [7001], 'login', 3002, 1, 'any', NULL, NULL, true, 'success'),
    ('winlogon', [7002], 'logout', 3002, 2, 'any', NULL, NULL, true, 'success'),
    ('service', [7045], 'config_change', NULL, NULL, 'any', NULL, 'service', true, 'success'),
    ('print', [307], 'print', NULL, NULL, 'any', NULL, 'document', true, 'success'),
    ('scheduler', [106], 'create', 1006, 1, 'any', NULL, 'task', true, 'success'),
    ('scheduler', [140], 'update', 1006, 2, 'any', NULL, 'task', true, 'success'),
    ('scheduler', [141], 'delete', 1006, 3, 'any', NULL, 'task', true, 'success'),
    ('scheduler', [100, 110, 200], 'execute', 1006, 6, 'any', NULL, 'task', true, 'unknown'),
    ('adfs', [1200, 1202], 'login', 3002, 1, 'any', NULL, NULL, true, 'success'),
    ('adfs', [1201, 1203, 411], 'login', 3002, 1, 'any', NULL, NULL, true, 'failure'),
    ('adfs', [1204], 'account_change', 3007, NULL, 'any', NULL, NULL, true, 'success'),
    ('adfs', [1205], 'account_change', 3007, NULL, 'any', NULL, NULL, true, 'failure'),
    ('adfs', [1206], 'logout', 3002, 2, 'any', NULL, NULL, true, 'success')
  ) AS t(family, ids, action, class_uid, activity, actor, target, thing, sure, outcome)),
-- Names of the values of events that a forwarder passes on as a bare list (Fluent Bit, Fluentd, Get-WinEvent); as far as all versions agree.
lists AS (
  SELECT unnest(ids) AS id, str_split(replace(names, 'S*', 'SubjectUserSid SubjectUserName SubjectDomainName SubjectLogonId'), ' ') AS names
  FROM (VALUES
    ([4624], 'S* TargetUserSid TargetUserName TargetDomainName TargetLogonId LogonType LogonProcessName AuthenticationPackageName WorkstationName LogonGuid TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort ImpersonationLevel RestrictedAdminMode'),
    ([4625], 'S* TargetUserSid TargetUserName TargetDomainName Status FailureReason SubStatus LogonType LogonProcessName AuthenticationPackageName WorkstationName TransmittedServices LmPackageName KeyLength ProcessId ProcessName IpAddress IpPort'),
    ([4634, 4647, 4800, 4801, 4802, 4803], 'TargetUserSid TargetUserName TargetDomainName TargetLogonId LogonType'),
    ([4648], 'S* LogonGuid TargetUserName TargetDomainName TargetLogonGuid TargetServerName TargetInfo ProcessId ProcessName IpAddress IpPort'),
    ([4672, 1102], 'S* PrivilegeList'),
    ([4673], 'S* ObjectServer Service PrivilegeList ProcessId ProcessName'),
    ([4688], 'S* NewProcessId NewProcessName TokenElevationType ProcessId CommandLine TargetUserSid TargetUserName TargetDomainName TargetLogonId ParentProcessName MandatoryLabel'),
    ([4689], 'S* Status ProcessId ProcessName'),
    ([4656], 'S* ObjectServer ObjectType ObjectName HandleId TransactionId AccessList AccessReason AccessMask PrivilegeList RestrictedSidCount ProcessId ProcessName'),
    ([4658, 4660], 'S* ObjectServer HandleId ProcessId ProcessName'),
    ([4662], 'S* ObjectServer ObjectType ObjectName OperationType HandleId AccessList AccessMask Properties AdditionalInfo AdditionalInfo2'),
    ([4663], 'S* ObjectServer ObjectType ObjectName HandleId AccessList AccessMask ProcessId ProcessName ResourceAttributes'),
    ([4670], 'S* ObjectServer ObjectType ObjectName HandleId OldSd NewSd ProcessId ProcessName'),
    ([4697], 'S* ServiceName ServiceFileName ServiceType ServiceStartType ServiceAccount'),
    ([4698, 4699, 4700, 4701], 'S* TaskName TaskContent'),
    ([4702], 'S* TaskName TaskContentNew'),
    ([4719], 'S* CategoryId SubcategoryId SubcategoryGuid AuditPolicyChanges'),
    ([4720], 'TargetUserName TargetDomainName TargetSid S* PrivilegeList SamAccountName DisplayName UserPrincipalName HomeDirectory HomePath ScriptPath ProfilePath UserWorkstations PasswordLastSet AccountExpires PrimaryGroupId AllowedToDelegateTo OldUacValue NewUacValue UserAccountControl UserParameters SidHistory LogonHours'),
    ([4738], 'Dummy TargetUserName TargetDomainName TargetSid S* PrivilegeList SamAccountName DisplayName UserPrincipalName HomeDirectory HomePath ScriptPath ProfilePath UserWorkstations PasswordLastSet AccountExpires PrimaryGroupId AllowedToDelegateTo OldUacValue NewUacValue UserAccountControl UserParameters SidHistory LogonHours'),
    ([4722, 4723, 4724, 4725, 4726, 4740, 4743, 4767, 4798, 4799, 4727, 4730, 4731, 4734, 4735, 4737, 4754, 4755, 4758],
      'TargetUserName TargetDomainName TargetSid S*'),
    ([4728, 4729, 4732, 4733, 4746, 4747, 4751, 4752, 4756, 4757, 4761, 4762], 'MemberName MemberSid TargetUserName TargetDomainName TargetSid S* PrivilegeList'),
    ([4781], 'OldTargetUserName NewTargetUserName TargetDomainName TargetSid S* PrivilegeList'),
    ([4768], 'TargetUserName TargetDomainName TargetSid ServiceName ServiceSid TicketOptions Status TicketEncryptionType PreAuthType IpAddress IpPort CertIssuerName CertSerialNumber CertThumbprint'),
    ([4769], 'TargetUserName TargetDomainName ServiceName ServiceSid TicketOptions TicketEncryptionType IpAddress IpPort Status LogonGuid TransmittedServices'),
    ([4770], 'TargetUserName TargetDomainName ServiceName ServiceSid TicketOptions TicketEncryptionType IpAddress IpPort'),
    ([4771], 'TargetUserName TargetSid ServiceName TicketOptions Status PreAuthType IpAddress IpPort CertIssuerName CertSerialNumber CertThumbprint'),
    ([4776], 'PackageName TargetUserName Workstation Status'),
    ([4778, 4779], 'AccountName AccountDomain LogonID SessionName ClientName ClientAddress'),
    ([5136], 'OpCorrelationID AppCorrelationID S* DSName DSType ObjectDN ObjectGUID ObjectClass AttributeLDAPDisplayName AttributeSyntaxOID AttributeValue OperationType'),
    ([5140], 'S* ObjectType IpAddress IpPort ShareName ShareLocalPath AccessMask AccessList'),
    ([5145], 'S* ObjectType IpAddress IpPort ShareName ShareLocalPath RelativeTargetName AccessMask AccessList AccessReason')
  ) AS t(ids, names)),

-- One JSON document a record: what the decoder opened, the record itself, or the JSON behind a syslog header; Event XML is still text.
documents AS NOT MATERIALIZED (
  SELECT position, fields IS NOT NULL AS clear,
         CASE WHEN fields IS NOT NULL THEN fields::VARCHAR
              WHEN record[1] = '{' THEN CASE WHEN context.decoder <> 'lines' OR json_valid(record) THEN record END
              WHEN NOT regexp_matches(record, '<Event[ >]') AND json_valid(regexp_extract(record, '(?s)\{.*\}')) THEN regexp_extract(record, '(?s)\{.*\}') END AS doc,
         CASE WHEN fields IS NULL AND record[1] <> '{' AND regexp_matches(record, '<Event[ >]') THEN record END AS xml
  FROM raw),
-- Wrappers: the outer element of evtx_dump, an Elasticsearch hit, a Splunk result, a shipper's member that holds the event as text.
members AS NOT MATERIALIZED (
  SELECT *, CASE WHEN NOT clear AND contains(doc, '"eventdata"') THEN list_filter(json_extract(doc, ['$.win', '$.data.win', '$._source.data.win']), lambda x: json_type(x) = 'OBJECT')[1] END AS win,
         CASE WHEN clear THEN false ELSE NOT regexp_matches(doc, '"(?:EventID|winlog|event_id|EventCode|System|EventId|Id|code)"') END AS nameless,
         CASE WHEN clear THEN false ELSE regexp_matches(doc, '"(?:Event|_source|result|body)"\s*:\s*\{') END AS boxed
  FROM documents),
unwrapped AS NOT MATERIALIZED (
  SELECT position, doc, clear, xml, win,
         coalesce(
           CASE WHEN nameless
                THEN list_filter(json_extract_string(doc, ['$.message', '$.Message', '$.log', '$._raw', '$.result._raw', '$.event.original', '$.data', '$.body']),
                                 lambda x: regexp_matches(x, '^\s*(\{\s*"Event"|\{.*"(EventID|event_id|System)"|<Event)'))[1] END,
           CASE WHEN boxed
                THEN list_filter(json_extract(doc, ['$.Event', '$.data.Event', '$.document.data.Event', '$._source', '$.result', '$.body']), lambda x: json_type(x) = 'OBJECT')[1]::VARCHAR END) AS inner_text
  FROM members),
texts AS NOT MATERIALIZED (
  SELECT position, doc, clear, win, coalesce(xml, CASE WHEN ltrim(inner_text)[1] = '<' THEN inner_text END) AS xml,
         CASE WHEN ltrim(inner_text)[1] = '{' AND json_valid(inner_text) THEN coalesce(json_extract(inner_text, '$.Event')::VARCHAR, inner_text) END AS inner_json
  FROM unwrapped),
-- Event XML that came as text: its named elements and attributes, as the decoder would open them.
marked AS NOT MATERIALIZED (
  SELECT position, doc, clear, win, inner_json, xml,
         CASE WHEN xml IS NOT NULL THEN regexp_extract(xml, '(?s)<System>(.*?)</System>', 1) END AS head,
         CASE WHEN xml IS NOT NULL THEN regexp_extract(xml, '(?s)<(?:UserData|EventData)[^>]*>(.*)</(?:UserData|EventData)>', 1) END AS tail
  FROM texts),
read_xml AS NOT MATERIALIZED (
  SELECT position, doc, clear, win, inner_json, xml,
         CASE WHEN head <> '' THEN
           list_concat(
             list_zip(regexp_extract_all(head, '<(\w+)(?:\s[^>]*)?>([^<]*)</', 1), regexp_extract_all(head, '<(\w+)(?:\s[^>]*)?>([^<]*)</', 2)),
             list_zip(regexp_extract_all(head, '\s(\w+)=[''"]([^''"]*)[''"]', 1), regexp_extract_all(head, '\s(\w+)=[''"]([^''"]*)[''"]', 2))) END AS system_pairs,
         CASE WHEN tail <> '' THEN
           list_concat(
             list_zip(regexp_extract_all(tail, '<Data\s+Name=[''"]([^''"]*)[''"]\s*>([^<]*)<', 1), regexp_extract_all(tail, '<Data\s+Name=[''"]([^''"]*)[''"]\s*>([^<]*)<', 2)),
             list_zip(regexp_extract_all(tail, '<(\w+)>([^<]*)</', 1), regexp_extract_all(tail, '<(\w+)>([^<]*)</', 2))) END AS data_pairs
  FROM marked),
bodies AS NOT MATERIALIZED (
  SELECT position, doc, xml IS NOT NULL OR inner_json IS NOT NULL AS wrapped,
         CASE WHEN system_pairs IS NOT NULL
              THEN '{"System":{' || list_aggregate(list_transform(system_pairs, lambda p: to_json(p[1])::VARCHAR || ':' || to_json(p[2])::VARCHAR), 'string_agg', ',')
                   || '},"EventData":{'
                   || coalesce(list_aggregate(list_transform(data_pairs, lambda p: to_json(p[1])::VARCHAR || ':' || to_json(
                        replace(replace(replace(replace(replace(replace(replace(p[2], '&lt;', '<'), '&gt;', '>'), '&quot;', '"'), '&apos;', ''''), '&#13;', chr(13)), '&#10;', chr(10)), '&amp;', '&')
                      )::VARCHAR), 'string_agg', ','), '') || '}}'
              -- Wazuh writes the names of elements with a small first letter.
              WHEN win IS NOT NULL
              THEN '{"System":' || to_json({'EventID': win ->> '$.system.eventID', 'Channel': win ->> '$.system.channel', 'Provider': {'Name': win ->> '$.system.providerName'}, 'Computer': win ->> '$.system.computer',
                                            'EventRecordID': win ->> '$.system.eventRecordID', 'Keywords': win ->> '$.system.keywords', 'TimeCreated': {'SystemTime': win ->> '$.system.systemTime'}})::VARCHAR
                   || ',"EventData":' || coalesce(to_json(map(list_transform(json_keys(win, '$.eventdata'), lambda k: upper(k[1]) || k[2:]),
                        list_transform(json_keys(win, '$.eventdata'), lambda k: json_extract_string(win, '$.eventdata."' || k || '"'))))::VARCHAR, '{}') || '}'
              WHEN xml IS NULL
              THEN CASE WHEN NOT clear AND regexp_matches(coalesce(inner_json, doc), '"(?:winlog\.event|_EventID)')
                        THEN regexp_replace(coalesce(inner_json, doc), '"(?:winlog\.event_data\.|winlog\.|_)([@\w]+"\s*:)', '"\1', 'g')
                        ELSE coalesce(inner_json, doc) END END AS body
  FROM read_xml),
-- Members of the body under every name that they go by, one line for each thing, the nearest to Windows first. A list and not a structure:
-- each mention of a structure's field costs memory for all of its fields.
opened AS NOT MATERIALIZED (
  SELECT position, body, CASE WHEN wrapped THEN body ELSE doc END AS details,
         json_extract(body, ['$.EventData', '$.winlog.event_data', '$.event_data', '$.UserData', '$.winlog.user_data', '$.user_data', '$.StringInserts', '$.Properties', '$.Payload']) AS e,
         json_extract_string(body, [
           '$.System.EventID', '$.winlog.event_id', '$.EventID', '$.event_id', '$.EventId', '$.EventCode', '$.Id', '$.event.code',
           '$.System.Channel', '$.winlog.channel', '$.Channel', '$.log_name', '$.channel', '$.LogName',
           '$.System.Provider."@Name"', '$.System.Provider."#attributes".Name', '$.System.Provider.Name', '$.System.Provider_attributes.Name', '$.System.Name', '$.winlog.provider_name', '$.SourceName', '$.ProviderName', '$.EventSourceName', '$.source_name', '$.provider_name', '$.provider.name', '$.provider', '$.Provider', '$.event.provider', '$.source',
           '$.System.Computer', '$.winlog.computer_name', '$.Computer', '$.computer_name', '$.Hostname', '$.computer', '$.ComputerName', '$.MachineName', '$.host.name',
           '$.System.EventRecordID', '$.winlog.record_id', '$.EventRecordID', '$.EventRecordId', '$.record_number', '$.RecordNumber', '$.RecordId', '$.record_id', '$.eventRecordID',
           '$.System.Keywords', '$.Keywords', '$.winlog.keywords', '$.keywords', '$.KeywordsDisplayNames',
           '$.event.outcome', '$.EventType', '$.winlog.outcome',
           '$.System.Security."@UserID"', '$.System.Security."#attributes".UserID', '$.System.Security.UserID', '$.System.Security_attributes.UserID', '$.System.UserID', '$.winlog.user.identifier', '$.user.identifier', '$.UserID',
           '$.winlog.user.name', '$.user.name', '$.AccountName',
           '$.winlog.user.domain', '$.user.domain', '$.Domain',
           '$.System.TimeCreated."@SystemTime"', '$.System.TimeCreated."#attributes".SystemTime', '$.System.TimeCreated.SystemTime', '$.System.TimeCreated_attributes.SystemTime', '$.System.SystemTime', '$.SystemTime',
           '$.winlog.time_created', '$.timeCreated', '$.time_created', '$.system_time', '$.EventTime', '$.TimeCreated', '$.TimeCreated.value', '$.TimeGenerated', '$."TimeGenerated [UTC]"',
           '$."@timestamp"', '$.timestamp', '$._time']) AS v
  FROM bodies),
systems AS NOT MATERIALIZED (
  SELECT position, body, details,
         coalesce(v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8]) AS id_text,
         coalesce(v[9], v[10], v[11], v[12], v[13], v[14]) AS channel,
         coalesce(v[15], v[16], v[17], v[18], v[19], v[20], v[21], v[22], v[23], v[24], v[25], v[26], v[27], v[28], v[29], v[30]) AS provider,
         coalesce(v[31], v[32], v[33], v[34], v[35], v[36], v[37], v[38], v[39]) AS computer,
         coalesce(v[40], v[41], v[42], v[43], v[44], v[45], v[46], v[47], v[48]) AS record_id,
         coalesce(v[49], v[50], v[51], v[52], v[53]) AS keywords,
         coalesce(v[54], v[55], v[56]) AS word,
         coalesce(v[57], v[58], v[59], v[60], v[61], v[62], v[63], v[64]) AS user_sid,
         coalesce(v[65], v[66], CASE WHEN provider <> 'Service Control Manager' OR provider IS NULL THEN v[67] END) AS user_name,
         coalesce(v[68], v[69], v[70]) AS user_domain,
         trim(coalesce(v[71], v[72], v[73], v[74], v[75], v[76]), '''') AS system_time,
         v[82] AS utc_time, list_filter(v[77:85], lambda x: x NOT LIKE '{%') AS own_times,
         coalesce(v[86], v[87], v[88]) AS carried_time,
         coalesce(json_extract_string(e[9], '$')[1] = '{', false) AS from_evtxecmd, coalesce(e[2], e[3], e[5]) IS NOT NULL OR contains(body, '"winlog') AS winlogged,
         list_filter(e[1:3], lambda x: json_type(x) <> 'NULL' AND x <> '""')[1] AS event_data, e[4:6] AS user_datas, coalesce(e[7], e[8]) AS inserts, json_extract_string(e[9], '$') AS payload
  FROM opened),
identified AS NOT MATERIALIZED (
  SELECT * EXCLUDE (event_data, user_datas, payload), list_filter(user_datas, lambda x: json_type(x) = 'OBJECT')[1] AS user_data,
         CASE WHEN payload[1] = '{' AND json_valid(payload) THEN json_extract(payload, '$.EventData') ELSE event_data END AS event_data,
         try_cast(CASE WHEN id_text[1] = '{' THEN regexp_extract(id_text, '(?i)"(?:#text|value|id|content|_)"\s*:\s*"?(\d+)', 1) ELSE id_text END AS INTEGER) AS event_id,
         CASE WHEN provider = 'Microsoft-Windows-Security-Auditing' THEN 'security'
              WHEN provider ILIKE '%security%auditing%' OR provider IN ('Microsoft-Windows-Eventlog', 'Eventlog', 'Security') THEN 'security'
              WHEN provider ILIKE '%sysmon' THEN 'sysmon'
              WHEN provider ILIKE '%powershell%' THEN 'powershell'
              WHEN provider LIKE 'Microsoft-Windows-TerminalServices-%' THEN 'terminal'
              WHEN provider = 'Microsoft-Windows-Winlogon' THEN 'winlogon'
              WHEN provider = 'Service Control Manager' THEN 'service'
              WHEN provider = 'Microsoft-Windows-TaskScheduler' THEN 'scheduler'
              WHEN provider = 'Microsoft-Windows-PrintService' THEN 'print'
              WHEN provider LIKE 'AD FS%' THEN 'adfs'
              WHEN channel = 'Security' THEN 'security'
              WHEN provider ILIKE 'microsoft-windows-%' THEN 'other'
              WHEN channel ILIKE '%sysmon%' THEN 'sysmon'
              WHEN channel ILIKE '%powershell%' THEN 'powershell'
              WHEN channel IS NULL AND id_text IS NOT NULL THEN 'security'
              ELSE 'other' END AS family
  FROM systems),
numbered AS NOT MATERIALIZED (
  SELECT i.*, l.names, k.action AS known_action, k.class_uid, k.activity, k.actor, k.target, k.thing, k.sure, k.outcome AS usual,
         CASE WHEN json_type(inserts) = 'ARRAY' THEN inserts
              WHEN json_type(event_data) = 'ARRAY' THEN event_data
              WHEN json_type(event_data) = 'OBJECT'
              THEN list_filter(json_extract(event_data, ['$.Data', '$.Data."#text"', '$.data']), lambda x: json_type(x) = 'ARRAY')[1]
              WHEN json_type(event_data) = 'VARCHAR' THEN event_data END AS listed
  FROM identified AS i
  LEFT JOIN known AS k ON k.id = i.event_id AND k.family = i.family
  LEFT JOIN lists AS l ON l.id = i.event_id AND i.family = 'security'),
-- Event data as pairs, where it came as a list: named <Data> elements, one object a value, or bare values in the manifest's order.
paired AS NOT MATERIALIZED (
  SELECT *,
         CASE WHEN listed IS NULL THEN NULL
              WHEN json_type(listed) = 'VARCHAR'
              THEN list_zip(regexp_extract_all(json_extract_string(listed, '$'), '<Data\s+Name=[''"]([^''"]*)[''"]\s*>([^<]*)<', 1),
                            regexp_extract_all(json_extract_string(listed, '$'), '<Data\s+Name=[''"]([^''"]*)[''"]\s*>([^<]*)<', 2))
              WHEN json_type(listed, '$[0]') = 'OBJECT' AND json_extract_string(listed, '$[0].Value') IS NULL
                   AND coalesce(json_extract_string(listed, '$[0].Name'), json_extract_string(listed, '$[0]."@Name"'), json_extract_string(listed, '$[0]."#attributes".Name')) IS NULL
              THEN list_zip(list_transform(json_extract(listed, '$[*]'), lambda x: json_keys(x)[1]), list_transform(json_extract(listed, '$[*]'), lambda x: (json_extract_string(x, '$.*'))[1]))
              WHEN json_type(listed, '$[0]') = 'OBJECT'
              THEN list_zip(list_transform(range(len(json_extract(listed, '$[*]'))), lambda i: coalesce(json_extract_string((json_extract(listed, '$[*]'))[i + 1], '$.Name'), json_extract_string((json_extract(listed, '$[*]'))[i + 1], '$."@Name"'),
                                                                                              json_extract_string((json_extract(listed, '$[*]'))[i + 1], '$."#attributes".Name'), names[i + 1])),
                            list_transform(json_extract(listed, '$[*]'), lambda x: coalesce(json_extract_string(x, '$."#text"'), json_extract_string(x, '$.Value.Value'), json_extract_string(x, '$.Value'))))
              ELSE list_zip(names, list_transform((json_extract(listed, '$[*]'))[:len(names)], lambda x: json_extract_string(x, '$'))) END AS pairs
  FROM numbered),
data AS NOT MATERIALIZED (
  SELECT * EXCLUDE (event_data, user_data, inserts, listed, pairs, names),
         CASE WHEN len(pairs) > 0
              THEN '{' || list_aggregate(list_transform(list_filter(pairs, lambda p: p[1] IS NOT NULL), lambda p: to_json(p[1])::VARCHAR || ':' || to_json(p[2])::VARCHAR), 'string_agg', ',') || '}'
              WHEN json_type(event_data) = 'OBJECT' AND event_data <> '{}' THEN event_data::VARCHAR
              WHEN json_type(user_data) = 'OBJECT' AND json_extract_string(user_data, '$."#element"') IS NOT NULL THEN user_data::VARCHAR
              WHEN json_type(user_data) = 'OBJECT'
              THEN coalesce(list_filter(json_extract(user_data, '$.*'), lambda x: json_type(x) = 'OBJECT' AND NOT contains(x::VARCHAR, '"xmlns"'))[1],
                            list_filter(json_extract(user_data, '$.*'), lambda x: json_type(x) = 'OBJECT' AND json_extract_string(x, '$.xmlns') IS NULL)[1], user_data)::VARCHAR
              ELSE body END AS data
  FROM paired),
fields AS NOT MATERIALIZED (
  SELECT *,
         -- Signs for "nothing here" are taken out of the text at once: for each value by itself that cost as much as all the rest of this step.
         json_extract_string(regexp_replace(data, ':\s*"(?:-|\(null\)|null|N/A|)"', ':null', 'g'), [
           '$.SubjectUserSid', '$.SubjectUserName', '$.SubjectDomainName', '$.SubjectLogonId', '$.TargetUserSid', '$.TargetUserName', '$.TargetDomainName',
           '$.TargetLogonId', '$.TargetSid', '$.TargetOutboundUserName', '$.MemberName', '$.MemberSid', '$.OldTargetUserName', '$.AccountName', '$.AccountDomain',
           '$.LogonID', '$.ClientUserName', '$.ClientAddress', '$.ClientName', '$.WorkstationName', '$.Workstation', '$.IpAddress', '$.IpPort', '$.SourceAddress',
           '$.SourcePort', '$.DestAddress', '$.Status', '$.ObjectType', '$.ObjectName', '$.ObjectServer', '$.HandleId', '$.AccessMask', '$.AccessList',
           '$.OperationType', '$.ObjectValueName', '$.OldValue', '$.NewValue', '$.ShareName', '$.ShareLocalPath', '$.RelativeTargetName', '$.ServiceName',
           '$.ServiceFileName', '$.ImagePath', '$.TaskName', '$.TargetServerName', '$.TargetName', '$.PrivilegeList', '$.AccessGranted', '$.AccessRemoved',
           '$.Service', '$.NewProcessName', '$.NewProcessId', '$.ProcessName', '$.ProcessId', '$.LinkName', '$.ObjectDN', '$.ObjectGUID', '$.ObjectClass',
           '$.OldObjectDN', '$.NewObjectDN', '$.AttributeLDAPDisplayName', '$.AttributeValue', '$.SubcategoryGuid', '$.AuditPolicyChanges', '$.Requester',
           '$.ShadowDeviceObjectPath', '$.User', '$.UserSid', '$.Address', '$.SourceIp', '$.SourceHostname', '$.SourceUser', '$.DestinationIp', '$.Image',
           '$.ProcessGuid', '$.TargetFilename', '$.UserContext', '$.UserName', '$.ClientIP', '$.IPString', '$.Path', '$.ScriptBlockId', '$.Param1', '$.Param2',
           '$.Param3', '$.CallingStationID', '$.SubjectMachineName', '$.Channel']) AS f
  FROM data),
worked AS NOT MATERIALIZED (
  SELECT * EXCLUDE (f),
         f[1] AS d_SubjectUserSid, f[2] AS d_SubjectUserName, f[3] AS d_SubjectDomainName, f[4] AS d_SubjectLogonId, f[5] AS d_TargetUserSid,
         f[6] AS d_TargetUserName, f[7] AS d_TargetDomainName, f[8] AS d_TargetLogonId, f[9] AS d_TargetSid, f[10] AS d_TargetOutboundUserName, f[11] AS d_MemberName,
         f[12] AS d_MemberSid, f[13] AS d_OldTargetUserName, f[14] AS d_AccountName, f[15] AS d_AccountDomain, f[16] AS d_LogonID, f[17] AS d_ClientUserName,
         f[18] AS d_ClientAddress, f[19] AS d_ClientName, f[20] AS d_WorkstationName, f[21] AS d_Workstation, f[22] AS d_IpAddress, f[23] AS d_IpPort,
         f[24] AS d_SourceAddress, f[25] AS d_SourcePort, f[26] AS d_DestAddress, f[27] AS d_Status, f[28] AS d_ObjectType, f[29] AS d_ObjectName,
         f[30] AS d_ObjectServer, f[31] AS d_HandleId, f[32] AS d_AccessMask, f[33] AS d_AccessList, f[34] AS d_OperationType, f[35] AS d_ObjectValueName,
         f[36] AS d_OldValue, f[37] AS d_NewValue, f[38] AS d_ShareName, f[39] AS d_ShareLocalPath, f[40] AS d_RelativeTargetName, f[41] AS d_ServiceName,
         f[42] AS d_ServiceFileName, f[43] AS d_ImagePath, f[44] AS d_TaskName, f[45] AS d_TargetServerName, f[46] AS d_TargetName, f[47] AS d_PrivilegeList,
         f[48] AS d_AccessGranted, f[49] AS d_AccessRemoved, f[50] AS d_Service, f[51] AS d_NewProcessName, f[52] AS d_NewProcessId, f[53] AS d_ProcessName,
         f[54] AS d_ProcessId, f[55] AS d_LinkName, f[56] AS d_ObjectDN, f[57] AS d_ObjectGUID, f[58] AS d_ObjectClass, f[59] AS d_OldObjectDN,
         f[60] AS d_NewObjectDN, f[61] AS d_AttributeLDAPDisplayName, f[62] AS d_AttributeValue, f[63] AS d_SubcategoryGuid, f[64] AS d_AuditPolicyChanges,
         f[65] AS d_Requester, f[66] AS d_ShadowDeviceObjectPath, f[67] AS d_User, f[68] AS d_UserSid, f[69] AS d_Address, f[70] AS d_SourceIp,
         f[71] AS d_SourceHostname, f[72] AS d_SourceUser, f[73] AS d_DestinationIp, f[74] AS d_Image, f[75] AS d_ProcessGuid, f[76] AS d_TargetFilename,
         f[77] AS d_UserContext, f[78] AS d_UserName, f[79] AS d_ClientIP, f[80] AS d_IPString, f[81] AS d_Path, f[82] AS d_ScriptBlockId, f[83] AS d_Param1,
         f[84] AS d_Param2, f[85] AS d_Param3, f[86] AS d_CallingStationID, f[87] AS d_SubjectMachineName, f[88] AS d_Channel,
         coalesce(filled(system_time), CASE WHEN from_evtxecmd THEN utc_time END,
                  CASE WHEN winlogged THEN filled(carried_time) END, list_filter(own_times, lambda x: regexp_matches(x, '(\d(Z|z)|UTC|GMT|[+-]\d\d:?\d\d)$|^\d{10,19}(\.\d+)?$|^/Date\('))[1],
                  list_filter(own_times, lambda x: filled(x) IS NOT NULL)[1], carried_time) AS clock,
         CASE actor WHEN 'target' THEN 1 WHEN 'client' THEN 2 WHEN 'requester' THEN 3 WHEN 'none' THEN 4 WHEN 'any' THEN 5
                    ELSE CASE WHEN family = 'security' THEN 0 ELSE 5 END END AS who
  FROM fields),
-- The account's own words: name, domain, SID and log-on session of the one who did it.
named AS NOT MATERIALIZED (
  SELECT *,
         CASE who WHEN 0 THEN d_SubjectUserName WHEN 1 THEN d_TargetUserName WHEN 2 THEN coalesce(d_AccountName, d_ClientUserName) WHEN 3 THEN d_Requester
                  WHEN 5 THEN coalesce(d_User, d_UserContext, CASE WHEN family IN ('terminal', 'scheduler') THEN d_UserName END,
                                       d_SourceUser, CASE WHEN family = 'terminal' AND event_id = 1149 THEN d_Param1 WHEN family = 'print' AND event_id = 307 THEN d_Param3 END,
                                       json_extract_string(data, '$."Detection User"'), CASE WHEN provider = 'User32' THEN json_extract_string(data, '$.param7') END,
                                       CASE WHEN family = 'adfs' THEN nullif(regexp_extract(data, '<UserId>([^<]+)</UserId>', 1), '') END) END AS name,
         CASE who WHEN 0 THEN d_SubjectDomainName WHEN 1 THEN d_TargetDomainName WHEN 2 THEN d_AccountDomain
                  WHEN 5 THEN CASE WHEN family = 'terminal' AND event_id = 1149 THEN d_Param2 END END AS domain,
         CASE who WHEN 0 THEN d_SubjectUserSid WHEN 1 THEN coalesce(d_TargetUserSid, d_TargetSid) WHEN 5 THEN d_UserSid END AS sid,
         CASE who WHEN 0 THEN d_SubjectLogonId WHEN 1 THEN d_TargetLogonId WHEN 2 THEN d_LogonID WHEN 5 THEN json_extract_string(data, '$.LogonId') END AS logon,
         -- Whose process wrote the record is who did it only where the record says nothing else, and the process is that person's own.
         (family IN ('powershell', 'service') OR user_sid LIKE 'S-1-5-21-%' OR user_sid LIKE 'S-1-12-1-%') AND NOT regexp_full_match(family, 'sysmon|terminal|winlogon|scheduler|adfs')
           AND who IN (0, 5) AND d_SubjectUserSid IS NULL AND d_SubjectUserName IS NULL AS by_writer,
         coalesce(try_cast(d_AccessMask AS BIGINT),
                  CASE WHEN known_action = 'by mask'
                       THEN list_sum(list_transform(regexp_extract_all(concat_ws(' ', d_AccessMask, d_AccessList), '%%(\d{4})', 1), lambda c: coalesce(
                              MAP {'4416': 1, '4417': 2, '4418': 4, '4419': 8, '4420': 16, '4421': 32, '4422': 64, '4423': 128, '4424': 256, '1537': 65536, '1538': 131072,
                                   '1539': 262144, '1540': 524288, '1541': 1048576, '4432': 1, '4433': 2, '4434': 4, '4435': 8, '4436': 16, '4437': 32,
                                   '7680': 1, '7681': 2, '7682': 4, '7683': 8, '7684': 16, '7685': 32, '7686': 64, '7687': 128, '7688': 256}[c], 0)))::BIGINT END) AS mask,
         CASE WHEN event_id = 4662 OR d_ObjectServer = 'DS' THEN 'ds' WHEN d_ObjectType = 'Key' THEN 'key' WHEN d_ObjectType = 'Process' THEN 'process'
              WHEN d_ObjectType = 'File' OR event_id = 5145 OR (d_ObjectType IS NULL AND event_id <> 4674) THEN 'file' ELSE 'kernel' END AS rights,
         CASE WHEN event_id BETWEEN 4768 AND 4776 OR event_id = 4794 THEN try_cast(d_Status AS BIGINT) END AS status,
         try_cast(keywords AS HUGEINT) AS bits,
         coalesce(d_IpAddress, d_ClientAddress, d_SourceAddress, d_SourceIp, d_CallingStationID, d_IPString,
                  CASE WHEN family = 'terminal' THEN coalesce(d_Address, d_Param3) WHEN family = 'print' THEN ltrim(json_extract_string(data, '$.Param4'), '\') END,
                  CASE WHEN d_ClientIP IS NOT NULL THEN regexp_replace(d_ClientIP, ':\d+$', '') END,
                  CASE WHEN family = 'adfs' THEN regexp_extract(data, '<IpAddress>([^<,]+)', 1) END) AS came_from
  FROM worked),
-- Access masks to acts: the gravest one counts. 65536 DELETE, 262144 WRITE_DAC, 524288 WRITE_OWNER; the low bits mean other things to each kind of object.
judged AS NOT MATERIALIZED (
  SELECT *,
         CASE known_action
           WHEN 'by mask' THEN
             CASE WHEN mask & 65536 > 0 OR (mask & 64 > 0 AND rights IN ('file', 'ds')) OR (mask & 2 > 0 AND rights = 'ds') THEN 'delete'
                  WHEN mask & 786432 > 0 THEN 'grant'
                  WHEN CASE rights WHEN 'file' THEN mask & 1073742102 WHEN 'key' THEN mask & 38 WHEN 'ds' THEN mask & 41 ELSE 0 END > 0 THEN 'update'
                  WHEN CASE rights WHEN 'file' THEN mask & 2147483649 WHEN 'key' THEN mask & 9 WHEN 'ds' THEN mask & 272 WHEN 'process' THEN mask & 16 ELSE 0 END > 0 THEN 'read'
                  WHEN rights = 'ds' AND mask & 132 > 0 THEN 'search'
                  WHEN rights = 'file' AND mask & 536870944 > 0 THEN 'execute'
                  WHEN rights = 'file' AND mask & 1179784 > 0 THEN 'read'
                  ELSE 'other' END
           WHEN 'by operation' THEN coalesce(MAP {'%%1904': 'create', '%%1906': 'delete'}[d_OperationType], 'update')
           ELSE coalesce(known_action, 'other') END AS action,
         CASE WHEN usual = 'failure' THEN 'failure'
              WHEN status = 0 THEN 'success'
              WHEN status <> 0 THEN 'failure'
              WHEN bits & 4503599627370496 > 0 THEN 'failure'
              WHEN bits & 9007199254740992 > 0 THEN 'success'
              WHEN bits IS NULL AND regexp_matches(lower(keywords), 'fail|misslyck|gescheitert|chec') OR word IN ('failure', 'audit_failure') THEN 'failure'
              WHEN bits IS NULL AND regexp_matches(lower(keywords), 'success|lyckad|erfolg|succ') OR word IN ('success', 'audit_success') THEN 'success'
              ELSE coalesce(usual, 'unknown') END AS outcome,
         CASE WHEN upper(name) = 'ANONYMOUS LOGON' OR sid = 'S-1-5-7' THEN NULL
              WHEN name IS NOT NULL THEN {'domain': CASE WHEN name LIKE '%_\_%' AND name NOT LIKE '%@%' THEN split_part(name, '\', 1) END,
                                                    'name': CASE WHEN name LIKE '%_\_%' AND name NOT LIKE '%@%' THEN split_part(name, '\', 2) ELSE name END}
              WHEN sid <> 'S-1-0-0' THEN {'domain': NULL::VARCHAR, 'name': sid}
              WHEN by_writer THEN {'domain': user_domain,
                                   'name': coalesce(CASE WHEN user_sid IS NOT NULL THEN user_name END, user_sid)} END AS who_did,
         CASE WHEN clock[-1] = 'Z' THEN coalesce(try_cast(clock AS TIMESTAMPTZ), iso_zoned(clock))
              WHEN regexp_matches(clock, '^\d{10}(\.\d+)?$') THEN make_timestamptz((try_cast(regexp_extract(clock, '^\d+(\.\d{1,6})?') AS DECIMAL(20, 6)) * 1000000)::BIGINT)
              WHEN regexp_matches(clock, '^\d{13}(\.\d+)?$') THEN make_timestamptz(try_cast(clock[:13] AS BIGINT) * 1000)
              WHEN regexp_matches(clock, '^/Date\(-?\d{1,14}[+)]') THEN make_timestamptz(try_cast(regexp_extract(clock, '-?\d{1,14}') AS BIGINT) * 1000)
              WHEN regexp_matches(clock, '^\d{16}$') THEN make_timestamptz(try_cast(clock AS BIGINT))
              WHEN regexp_matches(clock, '^\d{19}$') THEN make_timestamptz(try_cast(clock[:16] AS BIGINT))
              ELSE iso_zoned(clock) END AS instant
  FROM named),
finished AS NOT MATERIALIZED (
  SELECT *,
         -- How an event tells what changed. (A map, since DuckDB makes a join of every IN with five values or more.)
         MAP {4720: 'attributes', 4738: 'attributes', 4741: 'attributes', 4742: 'attributes', 4735: 'attributes', 4737: 'attributes', 4727: 'attributes', 4731: 'attributes',
              4754: 'attributes', 4739: 'attributes', 4706: 'attributes', 4713: 'attributes', 4716: 'attributes', 4670: 'old and new', 4715: 'old and new', 4781: 'old and new',
              4907: 'old and new', 4911: 'old and new', 4913: 'old and new', 5139: 'old and new', 5143: 'old and new'}[event_id] AS told,
         CASE WHEN instant IS NULL THEN coalesce(iso_local(clock), try_strptime(clock, ['%m/%d/%Y, %I:%M:%S.%g %p', '%m/%d/%Y, %I:%M:%S %p'])) END AS wall
  FROM judged)
SELECT position,
       coalesce(instant, CASE WHEN clock = system_time OR from_evtxecmd OR clock LIKE '%M' THEN timezone('UTC', wall) END)                      AS time,
       CASE WHEN instant IS NULL AND NOT (clock IS NOT DISTINCT FROM system_time OR from_evtxecmd OR clock LIKE '%M') THEN wall END             AS local_time,
       clock                                                                                                     AS time_original,
       CASE WHEN filled(record_id) IS NOT NULL THEN concat_ws('/', computer, channel, record_id) END              AS source_event_id,
       who_did.name                                                                                              AS actor_account,
       CASE WHEN NOT contains(who_did.name, '@') AND NOT coalesce(who_did.name = sid, false) THEN coalesce(who_did.domain, domain) END AS actor_domain,
       CASE WHEN lower(logon) NOT IN ('0x0', '0') THEN logon END                                         AS session,
       action, outcome, class_uid,
       CASE WHEN known_action NOT IN ('by mask', 'by operation') THEN activity END                               AS activity_id,
       CASE WHEN outcome = 'failure' THEN 'attempt'
            WHEN NOT sure THEN 'possible'
            WHEN known_action = 'by mask' AND action = 'read' AND rights = 'file' AND mask & 2147483649 = 0 THEN 'possible'
            WHEN action IN ('search', 'share', 'login', 'logout') OR action IN ('execute', 'connect', 'other') THEN 'possible'
            ELSE 'content' END                                                                                  AS proves,
       CASE target WHEN 'account' THEN CASE WHEN event_id = 4781 THEN d_OldTargetUserName
                                            WHEN upper(d_TargetUserName) = 'ANONYMOUS LOGON' THEN NULL
                                            ELSE coalesce(d_TargetUserName, nullif(coalesce(d_TargetUserSid, d_TargetSid), 'S-1-0-0')) END
                   WHEN 'outbound' THEN d_TargetOutboundUserName
                   WHEN 'both' THEN coalesce(d_MemberName, d_MemberSid)
                   WHEN 'sid' THEN d_TargetSid
                   WHEN 'subject' THEN d_SubjectUserName END                                             AS target_account,
       CASE WHEN target IN ('group', 'both') THEN coalesce(d_TargetUserName, d_TargetSid) END     AS target_group,
       CASE thing WHEN 'object' THEN d_ObjectType WHEN 'handle' THEN 'handle' WHEN 'link' THEN 'file' WHEN 'shared file' THEN d_ObjectType
                  WHEN 'ticket' THEN CASE WHEN d_ServiceName IS NOT NULL THEN 'service' END WHEN 'task' THEN 'scheduled task'
                  WHEN 'directory object' THEN coalesce(d_ObjectClass, thing) WHEN 'registry value' THEN 'registry value' WHEN 'right' THEN 'user right'
                  WHEN 'connection' THEN 'address' ELSE thing END                                                AS object_type,
       CASE thing WHEN 'handle' THEN d_HandleId WHEN 'ticket' THEN d_ServiceName WHEN 'service' THEN d_ServiceName
                  WHEN 'server' THEN d_TargetServerName WHEN 'credentials' THEN d_TargetName WHEN 'registry value' THEN d_ObjectValueName
                  WHEN 'privileged service' THEN d_Service WHEN 'right' THEN coalesce(d_PrivilegeList, d_AccessGranted, d_AccessRemoved)
                  WHEN 'share' THEN d_ShareName WHEN 'directory object' THEN d_ObjectGUID WHEN 'audit policy' THEN d_SubcategoryGuid
                  WHEN 'process' THEN coalesce(d_ProcessGuid, d_NewProcessId, d_ProcessId) WHEN 'script' THEN d_ScriptBlockId
                  WHEN 'log' THEN CASE WHEN event_id = 104 THEN d_Channel ELSE channel END
                  WHEN 'connection' THEN coalesce(d_DestAddress, d_DestinationIp)
                  WHEN 'shared file' THEN concat_ws('\', d_ShareName, nullif(d_RelativeTargetName, '\')) END AS object_id,
       CASE thing WHEN 'object' THEN d_ObjectName WHEN 'registry value' THEN d_ObjectName WHEN 'link' THEN d_LinkName
                  WHEN 'share' THEN replace(d_ShareLocalPath, '\??\', '')
                  WHEN 'shared file' THEN coalesce(rtrim(replace(d_ShareLocalPath, '\??\', ''), '\'), d_ShareName) || coalesce('\' || nullif(d_RelativeTargetName, '\'), '')
                  WHEN 'directory object' THEN coalesce(d_ObjectDN, d_NewObjectDN, d_OldObjectDN)
                  WHEN 'process' THEN coalesce(d_NewProcessName, d_ProcessName, d_Image) WHEN 'task' THEN d_TaskName
                  WHEN 'service' THEN coalesce(d_ServiceFileName, d_ImagePath) WHEN 'file' THEN d_TargetFilename
                  WHEN 'script' THEN d_Path WHEN 'document' THEN d_Param2 WHEN 'shadow copy' THEN d_ShadowDeviceObjectPath END  AS object_path,
       address(came_from)                                                                                        AS src_ip,
       coalesce(port(d_IpPort), port(d_SourcePort), try_cast(regexp_extract(d_ClientIP, ':(\d+)$', 1) AS INTEGER))  AS src_port,
       ltrim(coalesce(d_WorkstationName, d_Workstation, CASE WHEN event_id IN (4778, 4779) AND family = 'security' THEN nullif(d_ClientName, 'Unknown') END,
                      CASE WHEN event_id = 4740 THEN d_TargetDomainName WHEN thing = 'document' AND address(came_from) IS NULL THEN came_from END, d_SourceHostname, d_SubjectMachineName), '\') AS src_host,
       CASE WHEN thing = 'document' THEN json_extract_string(data, '$.Param5') WHEN d_CallingStationID IS NOT NULL AND address(d_CallingStationID) IS NULL THEN d_CallingStationID END                                         AS device,
       CASE WHEN family <> 'security' THEN NULL
            WHEN told = 'attributes'
            THEN list_concat(
                   list_filter(list_transform(['SamAccountName', 'DisplayName', 'UserPrincipalName', 'HomeDirectory', 'HomePath', 'ScriptPath', 'ProfilePath', 'UserWorkstations',
                     'PasswordLastSet', 'AccountExpires', 'PrimaryGroupId', 'AllowedToDelegateTo', 'UserParameters', 'SidHistory', 'LogonHours', 'DnsHostName', 'ServicePrincipalNames',
                     'MinPasswordAge', 'MaxPasswordAge', 'ForceLogoff', 'LockoutThreshold', 'LockoutObservationWindow', 'LockoutDuration', 'PasswordProperties', 'MinPasswordLength',
                     'PasswordHistoryLength', 'MachineAccountQuota', 'MixedDomainMode', 'DomainBehaviorVersion', 'TdoType', 'TdoDirection', 'TdoAttributes', 'SidFilteringEnabled', 'KerberosPolicyChange'],
                     lambda f: {'field': f, 'before': NULL::VARCHAR, 'after': filled(json_extract_string(data, f))}), lambda c: c.after IS NOT NULL),
                   CASE WHEN json_extract_string(data, '$.OldUacValue') <> json_extract_string(data, '$.NewUacValue') THEN [{'field': 'UacValue', 'before': filled(json_extract_string(data, '$.OldUacValue')), 'after': filled(json_extract_string(data, '$.NewUacValue'))}] END)
            WHEN told = 'old and new'
            THEN list_filter(list_transform(['Sd', 'SD', 'TargetUserName', 'ObjectDN', 'Remark', 'MaxUsers', 'ShareFlags'],
                   lambda f: {'field': f, 'before': filled(json_extract_string(data, ('Old' || f))), 'after': filled(json_extract_string(data, ('New' || f)))}), lambda c: c.before IS DISTINCT FROM c.after)
            WHEN event_id = 4657 THEN [{'field': d_ObjectValueName, 'before': d_OldValue, 'after': d_NewValue}]
            WHEN event_id = 4616 THEN [{'field': 'Time', 'before': filled(json_extract_string(data, '$.PreviousTime')), 'after': filled(json_extract_string(data, '$.NewTime'))}]
            WHEN event_id IN (4719, 4912) THEN [{'field': d_SubcategoryGuid, 'before': NULL::VARCHAR, 'after': d_AuditPolicyChanges}]
            WHEN event_id = 5136 THEN [{'field': d_AttributeLDAPDisplayName, 'before': CASE WHEN d_OperationType = '%%14675' THEN d_AttributeValue END,
                                        'after': CASE WHEN d_OperationType = '%%14674' THEN d_AttributeValue END}] END                AS changes,
       details,
       CASE WHEN body IS NULL THEN 'record: neither JSON nor an event in XML'
            WHEN json_type(body) <> 'OBJECT' THEN 'json: not an object' END                                                               AS reject
FROM finished
