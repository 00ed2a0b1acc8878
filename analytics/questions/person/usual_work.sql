-- question: usual_work
-- asks:     How much information about persons, or of high level, did this employee take part of each day, beside colleagues of the same unit?
-- sv:       Hur mycket tog medarbetaren del av varje dag, jämfört med kollegorna i samma enhet?
-- params:   person TEXT (id of the staff directory); start, stop TIMESTAMPTZ (start <= time < stop); level INTEGER (lowest K level of what
--           is about nobody) = 2
-- returns:  local_day DATE, events BIGINT, subjects BIGINT, unexpected BIGINT, colleagues BIGINT, colleagues_median BIGINT, colleagues_most BIGINT
-- counts:   accesses and attempts, each once, of days on which the employee or a colleague had any; subjects = different persons whom they
--           were about; unexpected = those outside 06-19 of Sweden's clock. colleagues = how many others of the units in which the employee
--           worked in the period had any that day; their median (of two, the lower) and the most that one of them had
-- narrow:   time
-- order:    by day
-- limits:   colleagues are those whose events name the same unit. A colleague without an access that day isn't counted as zero
-- sv_counts: åtkomster och försök, var och en en gång, för dagar då medarbetaren eller en kollega hade någon; enskilda är olika
--           personer som de gällde; oväntade är de utanför klockan 06-19 i Sverige. Kollegor är hur många andra i enheterna som
--           hade någon den dagen; deras median (av två den lägre) och det mesta som en av dem hade
-- sv_limits: kollegor är de vars händelser anger samma enhet. En kollega utan åtkomst den dagen räknas inte som noll
WITH seen AS (
  SELECT event_id, local_day, local_hour, actor_person, actor_unit, about
  FROM accesses
  WHERE time >= $start AND time < $stop AND actor_person IS NOT NULL AND (about IS NOT NULL OR k >= $level)
),
units_of AS (SELECT DISTINCT actor_unit AS unit FROM seen WHERE actor_person = $person AND actor_unit IS NOT NULL),
daily AS (
  SELECT local_day, actor_person, count(DISTINCT event_id) AS events, count(DISTINCT about) AS subjects,
         count(DISTINCT CASE WHEN local_hour < 6 OR local_hour >= 19 THEN event_id END) AS unexpected
  FROM seen
  WHERE actor_person = $person OR actor_unit IN (SELECT unit FROM units_of)
  GROUP BY local_day, actor_person
),
placed AS (
  SELECT local_day, actor_person, events, subjects, unexpected,
         row_number() OVER (PARTITION BY local_day, actor_person = $person ORDER BY events, actor_person) AS place,
         count(*) OVER (PARTITION BY local_day, actor_person = $person) AS persons
  FROM daily
)
SELECT local_day, coalesce(max(CASE WHEN actor_person = $person THEN events END), 0) AS events,
       coalesce(max(CASE WHEN actor_person = $person THEN subjects END), 0) AS subjects,
       coalesce(max(CASE WHEN actor_person = $person THEN unexpected END), 0) AS unexpected,
       count(CASE WHEN actor_person <> $person THEN 1 END) AS colleagues,
       min(CASE WHEN actor_person <> $person AND 2 * place >= persons THEN events END) AS colleagues_median,
       max(CASE WHEN actor_person <> $person THEN events END) AS colleagues_most
FROM placed
GROUP BY local_day
ORDER BY local_day
