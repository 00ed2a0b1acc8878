-- detection: mass_delete_r3
-- severity:  critical
-- finds:     an account that deletes or changes many objects of riktighet 3 within one UTC clock hour, declared jobs apart; failed tries don't count
-- sv:        Ett konto har tagit bort eller ändrat många poster med högsta krav på riktighet.
-- key:       account
-- window:    1
-- benign:    gallring eller rättning enligt beslut; ett jobb som inte är deklarerat
-- triage:    1 finns ett gallringsbeslut eller ärende?  2 går det att återläsa?  3 spärra kontot om ingen känns vid det
-- params:    objects INTEGER (an hour) = 50
-- attack:    T1485, T1565.001
SELECT lower(e.actor_account) AS account, date_trunc('hour', e.time) AS hour_utc, count(DISTINCT coalesce(e.object_id, e.object_path)) AS objects,
       count(CASE WHEN e.action = 'delete' THEN 1 END) AS deletions, list_sort(list(e.event_id)) AS evidence
FROM events AS e
WHERE e.action IN ('delete', 'update') AND e.outcome <> 'failure' AND e.r = 3 AND e.actor_account IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM jobs AS j
                  WHERE lower(j.account) = lower(e.actor_account) AND j.system = e.system AND e.time >= j.valid_from AND (j.valid_to IS NULL OR e.time < j.valid_to))
GROUP BY lower(e.actor_account), date_trunc('hour', e.time)
HAVING count(DISTINCT coalesce(e.object_id, e.object_path)) >= $objects
ORDER BY account, hour_utc
