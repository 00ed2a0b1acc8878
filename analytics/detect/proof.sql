-- The events that findings rest on, with what a finding tells of them; and what rests on none that is there. Of what older findings rest
-- on only what is computed again: to hold all of it would take as much memory as all that was ever found.
CREATE OR REPLACE TEMP TABLE wanted AS
SELECT DISTINCT unnest(evidence) AS event_id FROM raised
UNION
SELECT event_id FROM (SELECT unnest(evidence) AS event_id FROM held) WHERE event_id IN (SELECT event_id FROM events WHERE {fresh});

-- One step at a time: a statement holds one of these in memory at once, and where nothing is explained each is millions of events.
CREATE OR REPLACE TEMP TABLE concerned AS
SELECT event_id, min(about) AS about FROM judged WHERE event_id IN (SELECT event_id FROM wanted) GROUP BY event_id;

CREATE OR REPLACE TEMP TABLE reasoned AS
SELECT DISTINCT event_id FROM explained WHERE event_id IN (SELECT event_id FROM wanted);

CREATE OR REPLACE TEMP TABLE told AS
SELECT w.event_id, c.about, r.event_id IS NOT NULL AS explained
FROM wanted AS w LEFT JOIN concerned AS c ON c.event_id = w.event_id LEFT JOIN reasoned AS r ON r.event_id = w.event_id;

CREATE OR REPLACE TEMP TABLE proof AS
SELECT e.event_id, e.time, {fresh} AS fresh, e.actor_account, e.actor_person, e.actor_unit, coalesce(e.subject, t.about) AS about,
       e.system, e.asset, e.controller, e.k, e.r, e.t, t.explained
FROM events AS e JOIN told AS t ON t.event_id = e.event_id;

CREATE OR REPLACE TEMP VIEW unproved AS
SELECT detection FROM (SELECT detection, unnest(evidence) AS event_id FROM raised) AS r
WHERE NOT EXISTS (SELECT 1 FROM proof AS p WHERE p.event_id = r.event_id);
