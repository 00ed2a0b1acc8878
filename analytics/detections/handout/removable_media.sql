-- detection: removable_media
-- severity:  medium
-- finds:     an account that copies at least $objects files to removable media, Bluetooth or a private cloud within one
--            UTC clock hour, or any of confidentiality 2 or higher. Failed tries don't count
-- sv_finds:  Ett konto som under en klocktimme kopierar minst $objects filer till ett flyttbart minne, över Bluetooth
--            eller till en privat molntjänst, eller någon enda fil med konfidentialitet 2 eller högre. Misslyckade
--            försök räknas inte.
-- sv:        Ett konto har kopierat filer till ett flyttbart minne eller ut ur kommunens lagring.
-- en:        An account copied files to removable media or out of the municipality's storage.
-- key:       account
-- window:    1
-- benign:    photography or teaching that needs memory cards; an ordered disclosure
-- sv_benign: fotografering eller undervisning som kräver minneskort; en beställd utlämning
-- triage:    1 which files, and were they allowed to leave the municipality's storage?  2 is the memory encrypted, and the municipality's?  3 ask the employee
-- sv_triage: 1 vilka filer, och fick de lämna kommunens lagring?  2 är minnet krypterat och kommunens?  3 fråga medarbetaren
-- params:    objects INTEGER (an hour) = 20
-- attack:    T1052.001, T1567.002
SELECT lower(e.actor_account) AS account, date_trunc('hour', e.time) AS hour_utc, count(DISTINCT coalesce(e.object_id, e.object_path, e.event_id)) AS objects,
       max(e.k) AS highest_k, list_sort(list(e.event_id)) AS evidence
FROM events AS e
WHERE e.action IN ('export', 'create') AND e.outcome <> 'failure' AND e.actor_account IS NOT NULL
  AND (contains(e.details, 'RemovableMedia') OR contains(e.details, 'FileTransferredByBluetooth') OR contains(e.details, 'FileUploadedToCloud'))
GROUP BY lower(e.actor_account), date_trunc('hour', e.time)
HAVING count(DISTINCT coalesce(e.object_id, e.object_path, e.event_id)) >= $objects OR max(e.k) >= 2
ORDER BY account, hour_utc
