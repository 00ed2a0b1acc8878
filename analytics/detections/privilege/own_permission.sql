-- detection: own_permission
-- severity:  high
-- finds:     an account that gives itself a right, group, role or mailbox permission. A decided role that is activated
--            for a limited time (PIM), teams and channels (whoever makes one becomes its owner), and failed tries don't
--            count
-- sv_finds:  Ett konto som ger sig självt en behörighet, grupp, roll eller rätt till en brevlåda. Tidsbegränsad
--            aktivering av en beslutad roll (PIM), team och kanaler (där den som skapar dem blir ägare) och misslyckade
--            försök räknas inte.
-- sv:        Kontot har gett sig självt en behörighet.
-- en:        The account gave itself a right.
-- key:       account
-- window:    1
-- benign:    a decided role activated for a limited time (PIM isn't counted); whoever makes a team becomes its owner
-- sv_benign: aktivering av en beslutad roll för en begränsad tid (PIM räknas inte); den som skapar ett team blir dess ägare
-- triage:    1 is it the account's task to give permissions, and may it do so to itself?  2 was the permission used?  3 a talk with the manager; take the permission away if there is no decision
-- sv_triage: 1 är det kontots uppgift att dela ut behörigheter, och får den göra det till sig själv?  2 användes behörigheten?  3 samtal med chefen; ta bort behörigheten om beslut saknas
-- attack:    T1098
WITH given AS (
  SELECT e.event_id, lower(e.actor_account) AS account, coalesce(lower(e.target_group), e.object_id, e.object_type) AS given
  FROM events AS e
  WHERE e.action = 'grant' AND e.outcome <> 'failure' AND lower(e.target_account) = lower(e.actor_account)
    AND NOT contains(lower(coalesce(e.details, '-')), 'pim activation') AND coalesce(e.object_type, '-') NOT IN ('team', 'channel')
  UNION ALL
  -- Windows names the member by its place in the directory, so there the numbers are compared.
  SELECT w.event_id, lower(w.actor_account), lower(w.target_group)
  FROM windows_fields AS w
  WHERE w.code IN (4728, 4732, 4756) AND w.outcome <> 'failure' AND w.member_sid = w.subject_sid AND lower(coalesce(w.target_account, '-')) <> lower(w.actor_account)
)
SELECT account, count(*) AS events, min(given) AS first_given, list_sort(list(event_id)) AS evidence
FROM given
GROUP BY account
ORDER BY account
