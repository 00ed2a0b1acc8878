-- detection: mfa_removed
-- severity:  high
-- finds:     a method for multi-factor log-in that is removed or disabled, with no new one registered for the account
--            within a day before or after. Failed tries don't count
-- sv_finds:  En metod för flerfaktorsinloggning tas bort eller stängs av utan att någon ny registreras för kontot inom
--            ett dygn före eller efter. Misslyckade försök räknas inte.
-- sv:        En metod för flerfaktorsinloggning har tagits bort utan att ersättas.
-- en:        A method for multi-factor log-in was removed and not replaced.
-- key:       account
-- window:    1
-- benign:    a lost telephone, where a new method is added later; an account that is being closed
-- sv_benign: borttappad telefon där ny metod läggs till senare; ett konto som avvecklas
-- triage:    1 who did it, the holder or an administrator, and is there a ticket?  2 did the request come from the holder?  3 log-ins afterwards; put the method back
-- sv_triage: 1 vem gjorde det, innehavaren eller en administratör, och finns ett ärende?  2 kom begäran från innehavaren själv?  3 inloggningar efteråt; lägg tillbaka metoden
-- attack:    T1556.006
WITH changes AS (
  SELECT e.event_id, e.time, e.actor_account, lower(coalesce(e.target_account, e.actor_account)) AS account,
         CASE WHEN contains(lower(e.details), 'deleted security info') OR contains(lower(e.details), 'disable strong authentication')
                OR contains(lower(e.details), 'delete passkey') OR contains(lower(e.details), 'remove passkey') OR contains(e.details, 'Deleted authentication method')
                OR contains(e.details, 'REMOVE_TOTP') OR contains(e.details, 'disable-credential-types')
                OR (contains(e.details, 'REMOVE_CREDENTIAL') AND NOT contains(e.details, '"password"'))
                OR (e.object_path LIKE 'users/%/credentials/%' AND contains(e.details, '"DELETE"')) THEN 'removed'
              WHEN contains(lower(e.details), 'registered security info') OR contains(lower(e.details), 'enable strong authentication')
                OR contains(lower(e.details), 'registered all required security info') OR contains(lower(e.details), 'add passkey')
                OR contains(e.details, 'UPDATE_TOTP') OR contains(e.details, 'UPDATE_CREDENTIAL') THEN 'registered' END AS kind
  FROM events AS e
  WHERE e.action = 'account_change' AND e.outcome <> 'failure' AND coalesce(e.target_account, e.actor_account) IS NOT NULL
)
SELECT c.account, min(c.actor_account) AS removed_by, count(*) AS removals, list_sort(list(c.event_id)) AS evidence
FROM changes AS c
WHERE c.kind = 'removed'
  AND NOT EXISTS (SELECT 1 FROM changes AS n
                  WHERE n.account = c.account AND n.kind = 'registered' AND n.time >= c.time - INTERVAL 1 DAY AND n.time <= c.time + INTERVAL 1 DAY)
GROUP BY c.account
ORDER BY c.account
