-- detection: mass_delete_r3
-- severity:  critical
-- finds:     an account that deletes many objects of riktighet 3, or changes very many, within one UTC clock hour, declared jobs apart; failed tries don't count
-- sv:        Ett konto har tagit bort eller ändrat många poster med högsta krav på riktighet.
-- key:       account
-- window:    1
-- benign:    gallring eller rättning enligt beslut; ett jobb som inte är deklarerat
-- triage:    1 finns ett gallringsbeslut eller ärende?  2 går det att återläsa?  3 spärra kontot om ingen känns vid det
-- params:    deletions INTEGER (objects deleted an hour) = 20; objects INTEGER (objects changed or deleted an hour) = 100
-- attack:    T1485, T1565.001
SELECT lower(e.actor_account) AS account, date_trunc('hour', e.time) AS hour_utc, count(DISTINCT coalesce(e.object_id, e.object_path)) AS objects,
       count(DISTINCT CASE WHEN e.action = 'delete' THEN coalesce(e.object_id, e.object_path) END) AS deleted, list_sort(list(e.event_id)) AS evidence
FROM events AS e
WHERE e.action IN ('delete', 'update') AND e.outcome <> 'failure' AND e.r = 3 AND e.actor_account IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = e.event_id AND x.explanation = 'automated_job')
GROUP BY lower(e.actor_account), date_trunc('hour', e.time)
HAVING count(DISTINCT CASE WHEN e.action = 'delete' THEN coalesce(e.object_id, e.object_path) END) >= $deletions
    OR count(DISTINCT coalesce(e.object_id, e.object_path)) >= $objects
ORDER BY account, hour_utc
