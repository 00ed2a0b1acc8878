-- question: explained_share
-- asks:     How much of the access to information that needs an explanation has one, by month, unit, system and level?
-- sv:       Hur stor del av den åtkomst som kräver förklaring är förklarad, per månad, enhet, system och nivå?
-- params:   month TEXT (2026-03, without: every month) = NULL; unit TEXT (only this unit) = NULL; system TEXT (only in this system) = NULL;
--           k INTEGER (only of this level) = NULL; controller TEXT (only of units of this nämnd, - for none) = NULL
-- returns:  month TEXT, unit TEXT, system TEXT, k INTEGER, accesses BIGINT, explained BIGINT, unexplained BIGINT
-- counts:   events of a known person or account that are about a person, or on an asset with konfidentialitet 2 or more; each once.
--           explained = those that at least one explanation covers
-- order:    by month, the latest first, then by the columns from the left
-- limits:   as they stood when they were judged: an event that was computed again, or judged again since a register came late, counts
--           in each run that judged it. What no run has looked at is not here
-- sv_counts: händelser av en känd person eller ett känt konto som gäller en person, eller en tillgång med konfidentialitet 2 eller
--           högre; var och en en gång. Förklarade är de som minst en förklaring täcker
-- sv_limits: så som de stod när de bedömdes: en händelse som har räknats om, eller bedömts på nytt, räknas vid varje bedömning. Det
--           som ännu inte har bedömts är inte med
SELECT s.month, s.unit, s.system, s.k, CAST(sum(s.accesses) AS BIGINT) AS accesses, CAST(sum(s.explained) AS BIGINT) AS explained,
       CAST(sum(s.accesses) AS BIGINT) - CAST(sum(s.explained) AS BIGINT) AS unexplained
FROM shares AS s LEFT JOIN (SELECT unit, max(controller) AS controller FROM units GROUP BY unit) AS u ON u.unit = s.unit
WHERE s.explanation IS NULL
  AND ($month IS NULL OR s.month = $month) AND ($unit IS NULL OR s.unit = $unit) AND ($system IS NULL OR s.system = $system)
  AND ($k IS NULL OR s.k = $k) AND ($controller IS NULL OR coalesce(u.controller, '-') = $controller)
GROUP BY s.month, s.unit, s.system, s.k
ORDER BY s.month DESC, s.unit, s.system, s.k
