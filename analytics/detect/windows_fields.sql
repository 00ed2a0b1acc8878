-- What detections need of Windows' own fields: one row for each event of the ids below, of sources that windows_security reads.
--
-- `details` keeps a record as its forwarder spelt it, so the fields are looked for in all the places that forwarders put them:
-- EventData of the rendered XML, winlog.event_data, flat JSON, lists of named values. A forwarder that passes values as a bare
-- list (Fluent Bit's StringInserts, Get-WinEvent's Properties) gives no names, and so no fields here; the event's own columns stand.
-- Words that detections compare are in lower case. Signs for "nothing here" are NULL.
--
-- Frequent ids are narrowed before anything is taken out of the JSON: 5140 and 5145 to shares with a $, 4656 and 4663 to stores of
-- credentials, 4662 to replication, 4688 to children of services that are reached from outside.
CREATE OR REPLACE TEMP VIEW windows_fields AS
SELECT event_id, time, source, system, action, outcome, code, computer, actor_account, actor_domain, actor_person, actor_unit, session,
       target_account, target_group, object_type, object_id, object_path, src_ip, src_port, src_host,
       f[1] AS subject_sid, f[2] AS subject_name, f[3] AS subject_logon, coalesce(f[4], f[5]) AS target_sid, f[6] AS target_name, f[7] AS target_domain,
       f[8] AS target_logon, f[9] AS member_sid, try_cast(f[10] AS INTEGER) AS logon_type, lower(trim(f[11])) AS logon_process, f[12] AS auth_package,
       try_cast(f[13] AS INTEGER) AS key_length, lower(coalesce(f[14], f[15])) AS process, lower(f[16]) AS status, lower(f[17]) AS sub_status,
       lower(f[18]) AS ticket_encryption, lower(f[19]) AS ticket_options, f[20] AS pre_auth_type, f[21] AS service, lower(f[22]) AS access_mask,
       lower(f[23]) AS properties, coalesce(f[24], f[25]) AS privileges, lower(f[26]) AS share, lower(f[27]) AS relative_target, lower(f[28]) AS attribute,
       lower(f[29]) AS attribute_value, f[30] AS object_class, f[31] AS object_dn, f[32] AS operation, f[33] AS sid_history, f[34] AS account_control,
       f[35] AS delegates_to, lower(f[36]) AS principal_names, lower(coalesce(f[37], f[38])) AS task_content, lower(coalesce(f[39], f[40])) AS service_file,
       lower(f[41]) AS new_process, lower(f[42]) AS parent_process, f[43] AS old_name, f[44] AS new_name, lower(f[45]) AS share_path, f[46] AS kernel_debug,
       f[47] AS test_signing, f[48] AS password_set, f[49] AS target_server, f[50] AS object_name, f[51] AS sam_name, f[52] AS subject_domain,
       f[53] AS param1, lower(f[54]) AS param2, lower(f[55]) AS param3
FROM (
  SELECT *, json_extract_string(regexp_replace(CASE WHEN len(names) > 0 THEN
              CAST(to_json(map_from_entries(list_zip(list_distinct(names), list_transform(list_distinct(names), lambda n: replace(texts[list_position(names, n)], '\\', '\'))))) AS VARCHAR)
            ELSE coalesce(data, details) END, ':\s*"(?:-|\(null\)|null|N/A|)"', ':null', 'g'), [
           '$.SubjectUserSid', '$.SubjectUserName', '$.SubjectLogonId', '$.TargetUserSid', '$.TargetSid', '$.TargetUserName', '$.TargetDomainName',
           '$.TargetLogonId', '$.MemberSid', '$.LogonType', '$.LogonProcessName', '$.AuthenticationPackageName', '$.KeyLength', '$.ProcessName',
           '$.CallerProcessName', '$.Status', '$.SubStatus', '$.TicketEncryptionType', '$.TicketOptions', '$.PreAuthType', '$.ServiceName', '$.AccessMask',
           '$.Properties', '$.EnabledPrivilegeList', '$.PrivilegeList', '$.ShareName', '$.RelativeTargetName', '$.AttributeLDAPDisplayName', '$.AttributeValue',
           '$.ObjectClass', '$.ObjectDN', '$.OperationType', '$.SidHistory', '$.UserAccountControl', '$.AllowedToDelegateTo', '$.ServicePrincipalNames',
           '$.TaskContent', '$.TaskContentNew', '$.ServiceFileName', '$.ImagePath', '$.NewProcessName', '$.ParentProcessName', '$.OldTargetUserName',
           '$.NewTargetUserName', '$.ShareLocalPath', '$.KernelDebug', '$.TestSigning', '$.PasswordLastSet', '$.TargetServerName', '$.ObjectName',
           '$.SamAccountName', '$.SubjectDomainName', '$.param1', '$.param2', '$.param3']) AS f
  FROM (
    SELECT *, regexp_extract(details, '"(?:Computer|computer_name|Hostname|computer|ComputerName|MachineName)"\s*:\s*"([^"]+)"', 1) AS computer,
           CAST(list_filter(json_extract(details, ['$.EventData', '$.winlog.event_data', '$.event_data', '$.Event.EventData', '$.data.Event.EventData',
                  '$._source.winlog.event_data', '$.result.EventData', '$.body.event_data', '$.document.data.Event.EventData']),
                lambda x: json_type(x) = 'OBJECT' AND x <> '{}')[1] AS VARCHAR) AS data,
           CASE WHEN (contains(details, '"#text"') OR contains(details, '"Value"')) AND regexp_matches(details, '"@?Name"\s*:\s*"(?:Subject|Target|Ticket)\w+"')
                THEN regexp_extract_all(details, '"@?Name"\s*:\s*"(\w+)"\s*\}?\s*,\s*"(?:#text|Value)"\s*:\s*"((?:[^"\\]|\\.)*)"', 1) END AS names,
           CASE WHEN (contains(details, '"#text"') OR contains(details, '"Value"')) AND regexp_matches(details, '"@?Name"\s*:\s*"(?:Subject|Target|Ticket)\w+"')
                THEN regexp_extract_all(details, '"@?Name"\s*:\s*"(\w+)"\s*\}?\s*,\s*"(?:#text|Value)"\s*:\s*"((?:[^"\\]|\\.)*)"', 2) END AS texts
    FROM (
      SELECT *, try_cast(coalesce(nullif(regexp_extract(details, '"(?:EventID|winlog\.event_id|event_id|EventId|EventCode|_EventID|code|Id)"\s*:\s*"?(\d{3,5})"?\s*[,}]', 1), ''),
                  regexp_extract(details, '"EventID"\s*:\s*\{[^\[\]]{0,80}?"(?:#text|Value|value)"\s*:\s*"?(\d{3,5})"?\s*[,}]', 1)) AS INTEGER) AS code
      FROM events
      WHERE source IN (SELECT source FROM sources WHERE mapping = 'windows_security'))
    WHERE code IN (4624, 4625, 4648, 4649, 4661, 4673, 4697, 4698, 4699, 4700, 4701, 4702, 4703, 4704, 4717, 4720, 4722, 4723, 4724, 4728, 4729, 4732, 4733, 4738, 4741, 4742, 4746, 4747, 4751, 4752,
                   4756, 4757, 4761, 4762, 4765, 4766, 4768, 4769, 4781, 4794, 4798, 4799, 4826, 5136, 5142, 5168, 7036, 7040, 7045, 8222)
       OR (code IN (5140, 5145) AND contains(object_id, '$'))
       OR (code IN (4656, 4663) AND regexp_matches(lower(object_path), 'lsass|\\sam(\\|$)|security\\policy|login data|logins\.json|key[34]\.db|ntds\.dit|config\\(sam|security)$'))
       OR (code = 4662 AND regexp_matches(lower(details), '1131f6a|9923a32a|89e95b76'))
       OR (code = 4688 AND regexp_matches(lower(details), '(wmiprvse|wsmprovhost|w3wp|sqlservr|httpd|nginx|tomcat\d*|services|mmc|psexesvc|paexec|winrshost)\.exe"'))));
