-- question: leaver_accounts
-- asks:     Which accounts are still held by somebody whose employment has ended?
-- sv:       Vilka konton innehas fortfarande av någon vars anställning har upphört?
-- params:   controller TEXT (only of this nämnd, - for none) = NULL; now TIMESTAMPTZ (as of when, without: the present) = NULL
-- returns:  actor_account TEXT, actor_person TEXT, actor_unit TEXT, controller TEXT, employed_to TIMESTAMPTZ, last_utc TIMESTAMPTZ
-- counts:   a row for each account in force of a person whose employment is over. last_utc = the account's last act in any system;
--           empty = none is in the lake. One that lies after employed_to was made by an account that should have been closed
-- order:    by employed_to, the account, the person and the unit
-- limits:   as the directory has it: an account that is closed in its system and not in the directory's file is here all the same
-- sv_counts: en rad för varje konto som gäller och vars innehavare har slutat. Senast är kontots senaste åtgärd i något system;
--           tomt betyder att ingen finns. En åtgärd efter anställningens slut gjordes med ett konto som borde ha varit stängt
-- sv_limits: så som personalkatalogen har det: ett konto som är stängt i sitt system men inte i katalogens fil är ändå med
WITH acted AS (
  SELECT lower(actor_account) AS account, max(time) AS last_utc
  FROM events
  WHERE time <= $now AND lower(actor_account) IN (
    SELECT lower(a.account) FROM accounts AS a JOIN people AS p ON p.person = a.person WHERE p.employed_to <= $now)
  GROUP BY lower(actor_account)
)
SELECT lower(a.account) AS actor_account, a.person AS actor_person, p.unit AS actor_unit, u.controller, p.employed_to, e.last_utc
FROM accounts AS a
JOIN people AS p ON p.person = a.person AND p.valid_from <= $now AND (p.valid_to IS NULL OR p.valid_to > $now)
LEFT JOIN units AS u ON u.unit = p.unit AND u.valid_from <= $now AND (u.valid_to IS NULL OR u.valid_to > $now)
LEFT JOIN acted AS e ON e.account = lower(a.account)
WHERE p.employed_to <= $now AND a.valid_from <= $now AND (a.valid_to IS NULL OR a.valid_to > $now)
  AND ($controller IS NULL OR coalesce(u.controller, '-') = $controller)
ORDER BY p.employed_to, actor_account, actor_person, actor_unit
