-- question: events_in_share
-- asks:     Which events are there about the files of this share?
-- sv:       Vilka händelser finns om filerna i den här delade mappen?
-- params:   share TEXT (as coverage_by_share calls it); system TEXT = NULL; action TEXT = NULL; proves TEXT = NULL;
--           reads BOOLEAN (only what reads or downloads) = false; actor_person TEXT = NULL; actor_account TEXT = NULL;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  time_utc TIMESTAMPTZ, actor_account TEXT, actor_domain TEXT, actor_person TEXT, actor_unit TEXT, action TEXT, outcome TEXT,
--           proves TEXT, system TEXT, asset TEXT, k INTEGER, object_type TEXT, object_id TEXT, object_path TEXT, src_ip TEXT, source TEXT,
--           event_id TEXT
-- counts:   each event once about a file or folder of the share that has every value that is given; those that coverage_by_share counts
-- order:    the latest first, then by event
-- narrow:   time; all system, action, proves, actor_person, actor_account
-- limits:   the share is spelt as coverage_by_share has it, or in another way that is the same there: where paths have backslashes, capitals
--           and / for \ make no difference, and nowhere a separator at the end. No row while nothing but the share is given: no event of the
--           lake lies in a share of that name, so it is unknown. A value that the record didn't tell matches nothing
-- sv_counts: varje händelse en gång om en fil eller mapp i den delade mappen som har alla angivna värden; samma som frågan om
--           delade mappar där läsning inte syns räknar
-- sv_limits: den delade mappen stavas som i frågan om delade mappar, eller på ett annat sätt som är samma mapp där: i sökvägar med omvänt
--           snedstreck skiljs inte versaler och gemener åt, inte heller / och \, och ingenstans ett snedstreck sist. Ger frågan inga rader
--           när bara den delade mappen är angiven ligger ingen händelse i en mapp med det namnet: den är okänd här. Det som posten inte anger
--           motsvarar inget värde
SELECT time AS time_utc, actor_account, actor_domain, actor_person, actor_unit, action, outcome, proves, system, asset, k, object_type, object_id,
       object_path, src_ip, source, event_id
FROM shared_files
-- The last part of a share's name is in each of its paths, and most paths spell it as it is called: what is told by these alone
-- takes a tenth of the time.
WHERE contains(lower(object_path), lower(split_part(replace(share_name($share), chr(92), '/'), '/', -1)))
  AND (place IN ($share || '/', $share || chr(92)) OR share_key(place) IN (share_key($share), share_key($share || chr(92))))
  AND ($system IS NULL OR system = $system)
  AND ($action IS NULL OR action = $action)
  AND ($proves IS NULL OR proves = $proves)
  AND (NOT $reads OR action IN ('read', 'export'))
  AND ($actor_person IS NULL OR actor_person = $actor_person)
  AND ($actor_account IS NULL OR actor_account = $actor_account)
  AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
ORDER BY time_utc DESC, event_id
