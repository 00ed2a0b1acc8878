-- question: timeline
-- asks:     What did these actors do, and what happened to these objects and persons, merged into one line of time?
-- sv:       Vad gjorde de här personerna, och vad hände med de här objekten och de enskilda, i en gemensam tidslinje?
-- params:   actors TEXT[] (accounts, or ids of the staff directory) = NULL; objects TEXT[] (ids, or whole paths) = NULL;
--           subjects TEXT[] (tokens of the persons whom the information is about) = NULL;
--           action TEXT (only this) = NULL; system TEXT (only in this) = NULL; proves TEXT (only what proves this) = NULL;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  time_utc TIMESTAMPTZ, actor_account TEXT, actor_domain TEXT, actor_person TEXT, actor_unit TEXT, action TEXT,
--           outcome TEXT, proves TEXT, controller TEXT, system TEXT, asset TEXT, k INTEGER, object_type TEXT, object_id TEXT,
--           object_path TEXT, subject TEXT, target_account TEXT, target_group TEXT, src_ip TEXT, src_host TEXT, device TEXT, source TEXT, event_id TEXT
-- counts:   each event once, however many of the actors, objects and persons it touches; also what was done to an actor's account
-- order:    by time, then event
-- narrow:   time; any actors, objects, subjects
-- limits:   clocks of different systems differ: the order of events of two systems within a few seconds proves nothing.
--           An account is one account here; give the person's id for all that the person did. An id that two systems use answers for both.
-- sv_counts: varje händelse en gång, hur många av användarna, objekten och personerna den än rör; även det som gjordes med en
--           användares konto
-- sv_limits: systemens klockor skiljer sig: ordningen mellan två system inom några sekunder bevisar inget. Ett konto är ett konto
--           här; ange personens id för allt som personen gjorde. Ett id som två system använder ger svar för båda
SELECT time AS time_utc, actor_account, actor_domain, actor_person, actor_unit, action, outcome, proves, controller, system, asset, k,
       object_type, object_id, object_path, subject, target_account, target_group, src_ip, src_host, device, source, event_id
FROM events
WHERE (list_contains($actors, actor_account) OR list_contains($actors, actor_person) OR list_contains($actors, target_account)
       OR list_contains($objects, object_id) OR list_contains($objects, object_path) OR list_contains($subjects, subject))
  AND ($action IS NULL OR action = $action) AND ($system IS NULL OR system = $system) AND ($proves IS NULL OR proves = $proves)
  AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
ORDER BY time_utc, event_id
