-- question: exports_and_prints
-- asks:     Who took information out of the systems (exports, downloads, prints), how much, and how sensitive is it?
-- sv:       Vem har tagit ut information ur systemen (export, nedladdning, utskrift), hur mycket och hur känslig?
-- params:   person TEXT (only this account, as the log spells it, or this person's id) = NULL;
--           level INTEGER (lowest K level, 0 = also what isn't classified) = 0; system TEXT (only in this system) = NULL;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  controller TEXT, system TEXT, asset TEXT, k INTEGER, actor_account TEXT, actor_domain TEXT, actor_person TEXT,
--           actor_unit TEXT, action TEXT, proves TEXT, outcome TEXT, events BIGINT, objects BIGINT, subjects BIGINT,
--           first_utc TIMESTAMPTZ, last_utc TIMESTAMPTZ
-- actions:  export, print
-- counts:   events; objects = different ids (or paths, where there is no id); subjects = different persons named. Attempts apart
-- order:    by all columns but the last five
-- narrow:   time
-- limits:   one export may hold any number of records: a log seldom says how many. What is photographed or copied from the screen leaves no row.
-- sv_counts: händelser; objekt är olika id (eller sökvägar, där id saknas); enskilda är olika personer som posterna anger. Försök
--           för sig
-- sv_limits: en export kan rymma hur många poster som helst: loggen säger sällan hur många. Det som fotograferas eller skrivs av
--           från skärmen lämnar ingen rad
SELECT controller, system, asset, k, actor_account, actor_domain, actor_person, actor_unit, action, proves, outcome,
       count(*) AS events, count(DISTINCT coalesce(object_id, object_path)) AS objects, count(DISTINCT subject) AS subjects,
       min(time) AS first_utc, max(time) AS last_utc
FROM events
WHERE coalesce(action, '') IN ('export', 'print')
  AND ($person IS NULL OR actor_account = $person OR actor_person = $person)
  AND ($level = 0 OR k >= $level)
  AND ($system IS NULL OR system = $system)
  AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
GROUP BY controller, system, asset, k, actor_account, actor_domain, actor_person, actor_unit, action, proves, outcome
ORDER BY controller, system, asset, k, actor_account, actor_domain, actor_person, actor_unit, action, proves, outcome
