-- question: touched
-- asks:     Which persons' information, and which objects, did this employee, account or address touch, and how?
-- sv:       Vilka enskildas uppgifter och vilka objekt har den här medarbetaren, kontot eller adressen tagit del av, och hur?
-- params:   actor_person TEXT = NULL; actor_account TEXT = NULL; src_ip TEXT = NULL;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  about TEXT, system TEXT, asset TEXT, k INTEGER, object_type TEXT, object_id TEXT, object_path TEXT, actions TEXT[],
--           events BIGINT, first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ
-- counts:   each event that names a person or an object; an event on an object that is about several persons stands once at each of them.
--           about = whom the record names, or whom the object was about at that time
-- narrow:   time; all actor_person, actor_account, src_ip
-- order:    the highest K level first, then the last event, then the columns from the left
-- limits:   sign-ins and the like that name neither person nor object are not here: see events. 'possible' and 'attempt' are counted too
-- sv_counts: varje händelse som anger en person eller ett objekt; en händelse på ett objekt som handlar om flera personer står en
--           gång hos var och en. Den enskilde är den som posten anger, eller den som objektet handlade om då
-- sv_limits: inloggningar och annat som varken anger person eller objekt är inte här. Möjlig åtkomst och försök räknas också
WITH hits AS (
  SELECT event_id, system, asset, k, object_type, object_id, object_path, subject, action, time
  FROM events
  WHERE ($actor_person IS NULL OR actor_person = $actor_person)
    AND ($actor_account IS NULL OR actor_account = $actor_account)
    AND ($src_ip IS NULL OR src_ip = $src_ip)
    AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
    AND (subject IS NOT NULL OR object_id IS NOT NULL OR object_path IS NOT NULL)
),
placed AS (
  SELECT DISTINCT h.event_id, coalesce(h.subject, t.subject) AS about, h.system, h.asset, h.k, h.object_type, h.object_id, h.object_path,
         h.action, h.time
  FROM hits AS h LEFT JOIN object_subject AS t
    ON h.subject IS NULL AND t.system = h.system AND t.object_id = h.object_id
   AND (t.object_type IS NULL OR t.object_type = h.object_type)
   AND h.time >= t.valid_from AND (t.valid_to IS NULL OR h.time < t.valid_to)
)
SELECT about, system, asset, k, object_type, object_id, object_path,
       list_sort(list(DISTINCT action) FILTER (WHERE action IS NOT NULL)) AS actions,
       count(*) AS events, min(time) AS first_utc, max(time) AS last_utc
FROM placed
GROUP BY about, system, asset, k, object_type, object_id, object_path
ORDER BY coalesce(k, -1) DESC, last_utc DESC, about, system, asset, object_type, object_id, object_path
