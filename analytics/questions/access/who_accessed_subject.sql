-- question: who_accessed_subject
-- asks:     Who took part of this person's information in the period, from which unit, and how?
-- sv:       Vem har tagit del av den här personens uppgifter under perioden, från vilken enhet och på vilket sätt?
-- params:   subject TEXT (the person's token, or `-` to read the personal number from standard input);
--           own BOOLEAN (also those who asked sparhund about the person) = false;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  found_by TEXT, controller TEXT, system TEXT, asset TEXT, actor_account TEXT, actor_domain TEXT, actor_person TEXT,
--           actor_unit TEXT, action TEXT, proves TEXT, outcome TEXT, purpose TEXT, events BIGINT, first_utc TIMESTAMPTZ,
--           last_utc TIMESTAMPTZ
-- counts:   every event that names the person (found_by 'subject'), and every event without a named person on an object that
--           is known to be about the person then (found_by 'object'); 'possible' and 'attempt' are shown, never merged with 'content'.
--           What was asked of sparhund itself about the person counts only with `own`
-- order:    by all columns but the last two
-- narrow:   time; any subject via object_subject
-- limits:   a log that names only a case is found through the table object_subject alone. No row means "no event in the
--           lake", not "no access": the completeness statement says what was logged.
-- sv_counts: varje händelse som anger personen, och varje händelse som inte anger någon person men gäller ett objekt som då är känt
--           för att handla om personen; möjlig åtkomst och försök visas för sig. Det som
--           sparhund självt har tillfrågats om personen räknas bara när det väljs
-- sv_limits: en logg som bara anger ett ärende hittas bara om det är känt vem ärendet handlar om. Ingen rad betyder att ingen
--           händelse finns i sparhund, inte att ingen åtkomst har skett
WITH on_things AS (
  SELECT DISTINCT e.event_id, e.controller, e.system, e.asset, e.actor_account, e.actor_domain, e.actor_person, e.actor_unit,
         e.action, e.proves, e.outcome, e.purpose, e.source, e.time
  FROM events AS e
  JOIN object_subject AS t
    ON t.object_id = e.object_id AND t.system = e.system AND (t.object_type IS NULL OR t.object_type = e.object_type)
    AND e.time >= t.valid_from AND (t.valid_to IS NULL OR e.time < t.valid_to)
  WHERE t.subject = $subject AND e.subject IS NULL
),
hits AS (
  SELECT 'subject' AS found_by, controller, system, asset, actor_account, actor_domain, actor_person, actor_unit, action,
         proves, outcome, purpose, source, time
  FROM events
  WHERE subject = $subject
  UNION ALL
  SELECT 'object' AS found_by, controller, system, asset, actor_account, actor_domain, actor_person, actor_unit, action,
         proves, outcome, purpose, source, time
  FROM on_things
)
SELECT found_by, controller, system, asset, actor_account, actor_domain, actor_person, actor_unit, action, proves, outcome,
       purpose, count(*) AS events, min(time) AS first_utc, max(time) AS last_utc
FROM hits
WHERE ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
  AND ($own OR source IS DISTINCT FROM 'sparhund')
GROUP BY found_by, controller, system, asset, actor_account, actor_domain, actor_person, actor_unit, action, proves, outcome, purpose
ORDER BY found_by, controller, system, asset, actor_account, actor_domain, actor_person, actor_unit, action, proves, outcome, purpose
