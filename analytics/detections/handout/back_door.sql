-- detection: back_door
-- severity:  high
-- finds:     an administrator's account (whose holder has a duty in some system, or with a name such as adm-, root or
--            sa) that takes part of information of confidentiality or integrity 2 or higher through a file share or a
--            database, where people reach it through an application, and whose unit does not answer for it; or, where
--            no such application is known, at least $objects different objects in a UTC day that nothing explains. To
--            open a table of the very system that the holder has a duty in is daily work and doesn't count, unless
--            content was shown. Jobs and attempts don't count
-- sv_finds:  Ett administratörskonto (ett konto vars innehavare har ett uppdrag i något system, eller med ett namn som
--            adm-, root eller sa) som genom en filserver eller databas tar del av uppgifter med konfidentialitet eller
--            riktighet 2 eller högre, när verksamheten når dem genom ett verksamhetssystem och kontots enhet inte
--            ansvarar för dem. Är inget sådant verksamhetssystem känt krävs minst $objects olika objekt på ett dygn
--            (UTC) som inget förklarar. Att öppna en tabell i det system där innehavaren själv har ett uppdrag är
--            dagligt arbete och räknas inte, om inte innehållet visades. Automatiska jobb och försök räknas inte.
-- sv:        Ett administratörskonto har tagit del av uppgifter vid sidan av verksamhetssystemet, genom filserver eller databas.
-- en:        An administrator's account took part of information past the application, through a file server or database.
-- key:       account, asset
-- window:    1
-- benign:    troubleshooting, migration or restoring under a ticket; a job that isn't declared
-- sv_benign: felsökning, migrering eller återläsning enligt ärende; ett jobb som inte är deklarerat
-- triage:    1 is there a ticket, or an order from the information owner?  2 what was read, and about whom?  3 ask the administrator and the system owner
-- sv_triage: 1 finns ett ärende eller en beställning från informationsägaren?  2 vilka uppgifter lästes, och om vem?  3 fråga administratören och systemägaren
-- params:    objects INTEGER (different objects in a UTC day that nothing explains) = 5
-- attack:    T1213
WITH fronted AS (
  SELECT DISTINCT a.asset, a.valid_from, a.valid_to
  FROM assets AS a JOIN sources AS s ON list_contains(a.systems, s.system)
  WHERE s.mapping NOT IN ('samba_audit', 'windows_security', 'auditd', 'linux_auth', 'postgresql', 'mssql_audit')
),
-- Those with a duty in a system, by all accounts of the person, as logs spell them: without domain.
duty_names AS (
  SELECT split_part(split_part(lower(account), chr(92), -1), '@', 1) AS name, system FROM duties
  UNION
  SELECT split_part(split_part(lower(theirs.account), chr(92), -1), '@', 1), d.system
  FROM duties AS d
  JOIN accounts AS one ON lower(one.account) = lower(d.account)
  JOIN accounts AS theirs ON theirs.person = one.person
)
SELECT lower(e.actor_account) AS account, e.asset, count(DISTINCT e.event_id) AS events, count(DISTINCT coalesce(e.object_id, e.object_path)) AS objects,
       list_sort(list(DISTINCT e.event_id)) AS evidence
FROM events AS e
LEFT JOIN fronted AS f ON f.asset = e.asset AND e.time >= f.valid_from AND (f.valid_to IS NULL OR e.time < f.valid_to)
WHERE e.asset IS NOT NULL
  AND e.source IN (SELECT source FROM sources WHERE mapping IN ('samba_audit', 'windows_security', 'auditd', 'postgresql', 'mssql_audit'))
  AND e.action IN ('read', 'search', 'update', 'delete', 'copy', 'export', 'print') AND e.proves <> 'attempt' AND (e.k >= 2 OR e.r >= 2)
  AND (split_part(lower(e.actor_account), '@', 1) IN (SELECT name FROM duty_names)
       OR lower(e.actor_account) LIKE 'adm-%' OR lower(e.actor_account) LIKE 'adm.%' OR lower(e.actor_account) LIKE '%-adm' OR lower(e.actor_account) LIKE '%.adm'
       OR lower(e.actor_account) IN ('admin', 'administrator', 'administratör', 'root', 'sa', 'postgres'))
  -- A table that was opened is the daily work of who has a duty in that very system; content that was shown isn't.
  AND (e.proves = 'content'
       OR NOT EXISTS (SELECT 1 FROM duty_names AS d WHERE d.name = split_part(lower(e.actor_account), '@', 1) AND d.system = e.system))
  AND NOT EXISTS (SELECT 1 FROM responsibilities AS r
                  WHERE r.unit = e.actor_unit AND r.asset = e.asset AND e.time >= r.valid_from AND (r.valid_to IS NULL OR e.time < r.valid_to))
  AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = e.event_id AND x.explanation = 'automated_job')
  AND (f.asset IS NOT NULL OR NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = e.event_id))
GROUP BY lower(e.actor_account), e.asset, date_trunc('day', e.time)
HAVING max(f.asset) IS NOT NULL OR count(DISTINCT coalesce(e.object_id, e.object_path)) >= $objects
ORDER BY account, e.asset, min(e.time)
