-- question: needing_explanation
-- asks:     Which accesses need an explanation: by whom, on what, where and when?
-- sv:       Vilken åtkomst kräver förklaring: av vem, till vad, var och när?
-- params:   actor_person TEXT = NULL; actor_account TEXT = NULL; actor_unit TEXT = NULL; system TEXT = NULL; asset TEXT = NULL; k INTEGER = NULL;
--           lacks TEXT (names of these that the record doesn't tell, with commas between) = NULL;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  time_utc TIMESTAMPTZ, actor_account TEXT, actor_domain TEXT, actor_person TEXT, actor_unit TEXT, action TEXT,
--           outcome TEXT, proves TEXT, controller TEXT, system TEXT, asset TEXT, k INTEGER, object_type TEXT, object_id TEXT,
--           object_path TEXT, src_ip TEXT, source TEXT, event_id TEXT
-- counts:   each event once that explained_share counts among the accesses: of a known person or account, that is about a person, or on an
--           asset with konfidentialitet 2 or more; of them those that have every value that is given, spelt exactly so
-- narrow:   time; all actor_person, actor_account, actor_unit, system, asset, k
-- order:    the latest first, then by event
-- limits:   as the lake has them now: what has been judged again, or not yet, differs from the share. A value that the record didn't tell
--           matches nothing: `lacks` asks for those
-- sv_counts: varje händelse en gång som räknas som åtkomst i andelen förklarad: av en känd person eller ett känt konto, som gäller en
--           person, eller en tillgång med konfidentialitet 2 eller högre; av dem de som har alla angivna värden, stavade precis så
-- sv_limits: så som händelserna finns nu: det som har bedömts på nytt, eller inte ännu, skiljer sig från andelen. Det som posten inte
--           anger motsvarar inget värde
SELECT DISTINCT time AS time_utc, actor_account, actor_domain, actor_person, actor_unit, action, outcome, proves, controller, system,
       asset, k, object_type, object_id, object_path, src_ip, source, event_id
FROM accesses
WHERE (about IS NOT NULL OR k >= 2) AND (actor_person IS NOT NULL OR actor_account IS NOT NULL)
  AND ($actor_person IS NULL OR actor_person = $actor_person)
  AND ($actor_account IS NULL OR actor_account = $actor_account)
  AND ($actor_unit IS NULL OR actor_unit = $actor_unit)
  AND ($system IS NULL OR system = $system)
  AND ($asset IS NULL OR asset = $asset)
  AND ($k IS NULL OR k = $k)
  AND ($lacks IS NULL OR (
        (NOT contains(',' || $lacks || ',', ',actor_person,') OR actor_person IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',actor_account,') OR actor_account IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',actor_unit,') OR actor_unit IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',system,') OR system IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',asset,') OR asset IS NULL)
    AND (NOT contains(',' || $lacks || ',', ',k,') OR k IS NULL)))
  AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
ORDER BY time_utc DESC, event_id
