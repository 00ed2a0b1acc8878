-- question: explained_share
-- asks:     How much of the access to information that needs an explanation has one, by month, unit, system and level?
-- sv:       Hur stor del av den åtkomst som kräver förklaring är förklarad, per månad, enhet, system och nivå?
-- params:   month TEXT (2026-03, without: every month) = NULL; unit TEXT (only this unit) = NULL; system TEXT (only in this system) = NULL;
--           k INTEGER (only of this level) = NULL
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
SELECT month, unit, system, k, CAST(sum(accesses) AS BIGINT) AS accesses, CAST(sum(explained) AS BIGINT) AS explained,
       CAST(sum(accesses) AS BIGINT) - CAST(sum(explained) AS BIGINT) AS unexplained
FROM shares
WHERE explanation IS NULL
  AND ($month IS NULL OR month = $month) AND ($unit IS NULL OR unit = $unit) AND ($system IS NULL OR system = $system)
  AND ($k IS NULL OR k = $k)
GROUP BY month, unit, system, k
ORDER BY month DESC, unit, system, k
