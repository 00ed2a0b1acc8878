-- detection: mass_delete_r3
-- severity:  critical
-- finds:     an account that deletes at least $deletions objects of integrity 3, or changes or deletes at least
--            $objects, within one UTC clock hour, shown with what it deleted in the hour before and the hour after;
--            declared jobs apart; failed tries don't count
-- sv_finds:  Ett konto som under en klocktimme tar bort minst $deletions objekt med riktighet 3, eller ändrar eller tar
--            bort minst $objects. Fyndet visar också vad kontot tog bort timmen före och timmen efter. Deklarerade
--            automatiska jobb och misslyckade försök räknas inte.
-- sv:        Ett konto har tagit bort eller ändrat många poster med högsta krav på riktighet.
-- en:        An account deleted or changed many records with the highest demands on integrity.
-- key:       account
-- window:    1
-- benign:    disposal or correction after a decision; a job that isn't declared
-- sv_benign: gallring eller rättning enligt beslut; ett jobb som inte är deklarerat
-- triage:    1 is there a decision on disposal, or a ticket?  2 can it be restored?  3 block the account if nobody knows of it
-- sv_triage: 1 finns ett gallringsbeslut eller ärende?  2 går det att återläsa?  3 spärra kontot om ingen känns vid det
-- params:    deletions INTEGER (objects deleted an hour) = 20; objects INTEGER (objects changed or deleted an hour) = 100
-- attack:    T1485, T1565.001
WITH acts AS (
  SELECT lower(e.actor_account) AS account, e.event_id, e.time, e.action, coalesce(e.object_id, e.object_path) AS object
  FROM events AS e
  WHERE e.action IN ('delete', 'update') AND e.outcome <> 'failure' AND e.r = 3 AND e.actor_account IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = e.event_id AND x.explanation = 'automated_job')
),
many AS (
  SELECT account, date_trunc('hour', time) AS hour_utc, count(DISTINCT object) AS objects,
         count(DISTINCT CASE WHEN action = 'delete' THEN object END) AS deleted
  FROM acts
  GROUP BY account, date_trunc('hour', time)
  HAVING count(DISTINCT CASE WHEN action = 'delete' THEN object END) >= $deletions OR count(DISTINCT object) >= $objects
)
SELECT m.account, m.hour_utc, m.objects, m.deleted, list_sort(list(a.event_id)) AS evidence
FROM many AS m
-- What it removed in the hours next to it belongs to the same, since nobody watches the clock.
JOIN acts AS a
  ON a.account = m.account
 AND (date_trunc('hour', a.time) = m.hour_utc
      OR (a.action = 'delete' AND a.time >= m.hour_utc - INTERVAL 1 HOUR AND a.time < m.hour_utc + INTERVAL 2 HOUR))
GROUP BY m.account, m.hour_utc, m.objects, m.deleted
ORDER BY m.account, m.hour_utc
