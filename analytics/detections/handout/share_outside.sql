-- detection: share_outside
-- severity:  medium
-- finds:     information of confidentiality 2 or higher that is shared with anybody by link or with a guest, or at
--            least $shares such shares by one account on one UTC day, however classified. Failed tries don't count
-- sv_finds:  Uppgifter med konfidentialitet 2 eller högre som delas med en länk som vem som helst kan öppna eller med
--            en gäst, eller minst $shares sådana delningar från ett konto under ett dygn (UTC), vilken klassning
--            uppgifterna än har. Misslyckade försök räknas inte.
-- sv:        Uppgifter har delats ut ur kommunen med öppen länk eller med en gäst.
-- en:        Information was shared out of the municipality, by an open link or with a guest.
-- key:       account
-- window:    1
-- benign:    collaboration with another authority or a supplier under an agreement; a disclosure
-- sv_benign: samarbete med en annan myndighet eller leverantör enligt avtal; en utlämning
-- triage:    1 what was shared, and with whom?  2 is there a decision on disclosure, or an agreement?  3 end the sharing if it wasn't intended
-- sv_triage: 1 vad delades, och med vem?  2 finns beslut om utlämning eller avtal?  3 ta bort delningen om den inte var avsedd
-- params:    shares INTEGER (a day) = 20
-- attack:    T1567
WITH shared AS (
  SELECT e.event_id, e.time, lower(e.actor_account) AS account, coalesce(e.object_id, e.object_path) AS object, e.k
  FROM events AS e
  WHERE e.action = 'share' AND e.outcome <> 'failure' AND e.actor_account IS NOT NULL
    AND (contains(e.details, 'AnonymousLinkCreated') OR contains(e.details, 'AnonymousLinkUpdated') OR lower(e.target_account) LIKE '%#ext#%'
         OR (contains(e.details, '"Guest"') AND contains(e.details, 'TargetUserOrGroup')))
)
SELECT account, date_trunc('day', time) AS day_utc, count(*) AS shares, count(DISTINCT object) AS objects, max(k) AS highest_k, list_sort(list(event_id)) AS evidence
FROM shared
GROUP BY account, date_trunc('day', time)
HAVING count(*) >= $shares OR max(k) >= 2
ORDER BY account, day_utc
