-- detection: mass_download
-- severity:  medium
-- finds:     an account that downloads, exports or copies at least $objects different objects within one UTC clock
--            hour, declared jobs and the synchronisation of an own library apart; failed tries don't count
-- sv_finds:  Ett konto som laddar ned, exporterar eller kopierar minst $objects olika objekt under en klocktimme.
--            Deklarerade automatiska jobb, synkronisering av det egna biblioteket och misslyckade försök räknas inte.
-- sv:        Ett konto har laddat ned eller exporterat ovanligt många objekt på kort tid.
-- en:        An account downloaded or exported unusually many objects in a short time.
-- key:       account
-- window:    1
-- benign:    an ordered disclosure; a change of computer or system; archiving
-- sv_benign: en beställd utlämning; byte av dator eller system; arkivering
-- triage:    1 what was downloaded, and was it part of the assignment?  2 is the person about to leave, or is the account taken over?  3 ask the employee and the manager
-- sv_triage: 1 vad laddades ned, och ingick det i uppdraget?  2 slutar personen snart, eller är kontot kapat?  3 fråga medarbetaren och chefen
-- params:    objects INTEGER (an hour) = 100
-- attack:    T1530, T1213.002
SELECT lower(e.actor_account) AS account, date_trunc('hour', e.time) AS hour_utc, count(DISTINCT coalesce(e.object_id, e.object_path)) AS objects,
       max(e.k) AS highest_k, list_sort(list(e.event_id)) AS evidence
FROM events AS e
WHERE e.action IN ('export', 'copy') AND e.outcome <> 'failure' AND e.actor_account IS NOT NULL AND e.source <> 'sparhund'
  AND NOT contains(coalesce(e.details, '-'), 'FileSyncDownloaded')
  AND NOT EXISTS (SELECT 1 FROM explained AS x WHERE x.event_id = e.event_id AND x.explanation = 'automated_job')
GROUP BY lower(e.actor_account), date_trunc('hour', e.time)
HAVING count(DISTINCT coalesce(e.object_id, e.object_path)) >= $objects
ORDER BY account, hour_utc
