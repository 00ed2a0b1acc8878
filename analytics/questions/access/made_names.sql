-- question: made_names
-- asks:     Which groups, devices and file shares of the events are spelt almost as this text?
-- sv:       Vilka grupper, datorer och delade mappar i händelserna stavas nästan som den här texten?
-- params:   text TEXT (at least four letters or digits); start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  found_as TEXT, value TEXT, system TEXT
-- counts:   each group that rights were changed of, each device that something was done from, and each share of a system once that can be
--           had from the text by few changes of a letter (one of a text shorter than six, else two, three from twelve; of a device one),
--           capitals and å, ä, ö, é apart from a, o, e meaning nothing. What is spelt just so is among them
-- narrow:   time
-- order:    the fewest changes first, then what it is, then its name and system
-- limits:   the first 20 of each kind. What no event of the period names isn't known here
-- sv_counts: varje grupp vars behörigheter ändrats, varje dator som något gjorts från och varje delad mapp i ett system en gång, om namnet fås
--           ur texten genom att få bokstäver ändras: en i en text kortare än sex tecken, annars två, tre från tolv; i en dators namn en.
--           Versaler, och å, ä, ö och é mot a, o och e, betyder inget. Det som stavas precis så är med
-- sv_limits: de första 20 av varje slag; det som ingen händelse i perioden nämner är okänt här
WITH typed AS (
  SELECT t.plain, length(t.plain) AS letters, most_changes(t.plain) AS most
  FROM (SELECT plain_letters($text) AS plain) AS t
  WHERE length(t.plain) >= 4 AND length(t.plain) <= 100
),
named AS (
  SELECT 'target_group' AS found_as, target_group AS value, CAST(NULL AS TEXT) AS system
  FROM events
  WHERE target_group IS NOT NULL AND action IN ('grant', 'revoke', 'share')
    AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
  GROUP BY target_group
  UNION ALL
  SELECT 'src_host' AS found_as, src_host AS value, CAST(NULL AS TEXT) AS system
  FROM events
  WHERE src_host IS NOT NULL AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
  GROUP BY src_host
  UNION ALL
  SELECT 'device' AS found_as, device AS value, CAST(NULL AS TEXT) AS system
  FROM events
  WHERE device IS NOT NULL AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
  GROUP BY device
  UNION ALL
  SELECT 'share' AS found_as, min(share_name(f.place)) AS value, f.system
  FROM (SELECT DISTINCT system, place
        FROM shared_files
        WHERE ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)) AS f
  GROUP BY f.system, share_key(f.place)
),
near AS (
  SELECT n.found_as, n.value, n.system, t.plain, CASE WHEN n.found_as IN ('src_host', 'device') THEN 1 ELSE t.most END AS most,
         plain_letters(n.value) AS spelt
  FROM named AS n
  JOIN typed AS t ON abs(length(n.value) - t.letters) <= t.most
),
found AS (
  SELECT found_as, value, system, most, levenshtein(spelt, plain) AS differs
  FROM near
),
ordered AS (
  SELECT found_as, value, system, differs, row_number() OVER (PARTITION BY found_as ORDER BY differs, value, system) AS number
  FROM found
  WHERE differs <= most
)
SELECT found_as, value, system
FROM ordered
WHERE number <= 20
ORDER BY differs, found_as DESC, value, system
