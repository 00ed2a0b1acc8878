-- detection: back_door
-- severity:  high
-- finds:     an administrator's account that takes part of information of level 2 or higher through a file share or a database, where people reach it through an application, and whose unit does not answer for it
-- sv:        Ett administratörskonto har tagit del av uppgifter vid sidan av verksamhetssystemet, genom filserver eller databas.
-- key:       account, asset
-- window:    1
-- benign:    felsökning, migrering eller återläsning enligt ärende; ett jobb som inte är deklarerat
-- triage:    1 finns ett ärende eller en beställning från informationsägaren?  2 vilka uppgifter lästes, och om vem?  3 fråga administratören och systemägaren
-- attack:    T1213
WITH fronted AS (
  SELECT DISTINCT a.asset, a.valid_from, a.valid_to
  FROM assets AS a JOIN sources AS s ON list_contains(a.systems, s.system)
  WHERE s.mapping NOT IN ('samba_audit', 'windows_security', 'auditd', 'linux_auth', 'postgresql', 'mssql_audit')
)
SELECT lower(e.actor_account) AS account, e.asset, count(*) AS events, count(DISTINCT coalesce(e.object_id, e.object_path)) AS objects,
       list_sort(list(e.event_id)) AS evidence
FROM events AS e
JOIN fronted AS f ON f.asset = e.asset AND e.time >= f.valid_from AND (f.valid_to IS NULL OR e.time < f.valid_to)
WHERE e.source IN (SELECT source FROM sources WHERE mapping IN ('samba_audit', 'windows_security', 'auditd', 'postgresql', 'mssql_audit'))
  AND e.action IN ('read', 'search', 'update', 'delete', 'copy', 'export', 'print') AND e.proves = 'content' AND (e.k >= 2 OR e.r >= 2)
  AND (lower(e.actor_account) IN (SELECT lower(account) FROM duties)
       OR lower(e.actor_account) LIKE 'adm-%' OR lower(e.actor_account) LIKE 'adm.%' OR lower(e.actor_account) LIKE '%-adm' OR lower(e.actor_account) LIKE '%.adm'
       OR lower(e.actor_account) IN ('admin', 'administrator', 'administratör', 'root', 'sa', 'postgres'))
  AND NOT EXISTS (SELECT 1 FROM responsibilities AS r
                  WHERE r.unit = e.actor_unit AND r.asset = e.asset AND e.time >= r.valid_from AND (r.valid_to IS NULL OR e.time < r.valid_to))
  AND NOT EXISTS (SELECT 1 FROM jobs AS j
                  WHERE lower(j.account) = lower(e.actor_account) AND j.system = e.system AND e.time >= j.valid_from AND (j.valid_to IS NULL OR e.time < j.valid_to))
GROUP BY lower(e.actor_account), e.asset
ORDER BY account, e.asset
