-- detection: privileged_group_member
-- severity:  high
-- finds:     an account that is added to a group or role that carries an administrator's rights (Windows, Entra ID,
--            Microsoft 365, Linux, Keycloak, databases), known by its name or in Windows by its well-known number;
--            time-limited activations of a decided role (PIM), and failed tries, are left out
-- sv_finds:  Ett konto som läggs till i en grupp eller roll med administratörsrättigheter (Windows, Entra ID, Microsoft
--            365, Linux, Keycloak, databaser), känd på sitt namn eller i Windows på sitt fasta nummer. Tidsbegränsad
--            aktivering av en beslutad roll (PIM) och misslyckade försök räknas inte.
-- sv:        Ett konto har lagts till i en grupp eller roll med administratörsrättigheter.
-- en:        An account was added to a group or role with an administrator's rights.
-- key:       member, target_group
-- window:    1
-- benign:    a new administrator after a decision; the installation of a server
-- sv_benign: ny administratör enligt beslut; installation av en server
-- triage:    1 is there a decision on the permission?  2 who added the member, and is that her or his task?  3 take the membership away if there is no decision; what has the account done since?
-- sv_triage: 1 finns ett beslut om behörigheten?  2 vem lade till, och är det dennes uppgift?  3 ta bort medlemskapet om beslut saknas; vad har kontot gjort sedan?
-- attack:    T1098.007, T1098.003
WITH given AS (
  SELECT e.event_id, lower(e.target_account) AS member, lower(e.target_group) AS target_group, lower(e.actor_account) AS by_account, w.target_sid
  FROM events AS e LEFT JOIN windows_fields AS w ON w.event_id = e.event_id AND w.code IN (4728, 4732, 4756)
  WHERE e.action = 'grant' AND e.outcome <> 'failure' AND e.target_group IS NOT NULL AND NOT contains(lower(coalesce(e.details, '-')), 'pim activation')
)
-- By name, in the languages and systems that we know, and in Windows by the well-known number, which no language changes.
SELECT coalesce(member, '-') AS member, target_group, count(*) AS events, min(by_account) AS by_account, list_sort(list(event_id)) AS evidence
FROM given
WHERE target_group IN ('domain admins', 'domänadministratörer', 'enterprise admins', 'företagsadministratörer', 'schema admins', 'schemaadministratörer',
                           'administrators', 'administratörer', 'account operators', 'kontoansvariga', 'backup operators', 'ansvariga för säkerhetskopiering',
                           'server operators', 'serveransvariga', 'print operators', 'skrivaransvariga', 'dnsadmins', 'group policy creator owners',
                           'enterprise key admins', 'key admins', 'hyper-v administrators', 'hyper-v-administratörer', 'exchange trusted subsystem',
                           'organization management', 'discovery management', 'ediscovery manager', 'ediscovery administrator',
                           'sudo', 'wheel', 'root', 'adm', 'docker', 'lxd', 'shadow', 'disk',
                           'global administrator', 'company administrator', 'global administratör', 'privileged role administrator', 'privileged authentication administrator',
                           'security administrator', 'exchange administrator', 'exchange service administrator', 'sharepoint administrator', 'sharepoint service administrator',
                           'user administrator', 'user account administrator', 'application administrator', 'cloud application administrator', 'authentication administrator',
                           'conditional access administrator', 'hybrid identity administrator', 'intune administrator', 'intune service administrator',
                           'helpdesk administrator', 'password administrator', 'domain name administrator', 'compliance administrator',
                           'realm-admin', 'manage-users', 'impersonation',
                           'db_owner', 'sysadmin', 'securityadmin', 'db_securityadmin', 'pg_read_all_data', 'pg_write_all_data', 'pg_execute_server_program')
   OR target_sid IN ('S-1-5-32-544', 'S-1-5-32-548', 'S-1-5-32-549', 'S-1-5-32-550', 'S-1-5-32-551', 'S-1-5-32-578')
   OR target_sid LIKE 'S-1-5-21-%-512' OR target_sid LIKE 'S-1-5-21-%-518' OR target_sid LIKE 'S-1-5-21-%-519' OR target_sid LIKE 'S-1-5-21-%-520'
   OR target_sid LIKE 'S-1-5-21-%-526' OR target_sid LIKE 'S-1-5-21-%-527'
GROUP BY coalesce(member, '-'), target_group
ORDER BY member, target_group
