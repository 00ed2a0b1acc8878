-- question: coverage_by_share
-- asks:     In which file shares would nobody notice that somebody read a file?
-- sv:       I vilka delade mappar skulle det inte synas i efterhand om någon läste en fil?
-- params:   system TEXT (only in this system) = NULL; level INTEGER (lowest K level, 0 = also what isn't classified) = 0;
--           start, stop TIMESTAMPTZ (start <= time < stop, without: all there is) = NULL
-- returns:  state TEXT, system TEXT, share TEXT, k INTEGER, assets TEXT[], reading_sources TEXT[], events BIGINT, reads BIGINT,
--           content BIGINT, last_utc TIMESTAMPTZ, last_read_utc TIMESTAMPTZ
-- counts:   a row for each share of a system: what comes first in the paths of its files and folders, which is \\server\share, a drive's
--           first two folders (D:\Shares\HR), the first two of an address or of a server's disk, or the first of a path that begins within a
--           share. state, worst first: '3 no reads' (no source of the system declares that it logs reads, and none was seen), '4 none seen'
--           (declared, none seen here), '5 opened only' (files were opened for reading, and no event proves that content was read, as Samba's
--           opens), '5 seen, not declared', '6 covered'. k and assets = the highest level and the assets of its events.
--           reads = events that read or download; content = those of them that prove that the content was shown
-- order:    by state, the highest level first, system and share
-- narrow:   time
-- limits:   a share that no event names isn't known here; coverage_by_asset tells of the assets whose systems log nothing. Where no read was
--           seen, either nobody read, or the share's auditing holds changes alone: its settings tell. Reads are switched on where the share lies: in
--           Windows by the policy for auditing the file system and the folder's own audit list, in Samba by full_audit. A system whose sources log neither
--           reads nor changes, such as a printers' queue, holds no shares. A file that lies straight under a drive counts as of the drive. Where
--           files were opened only, Samba's full_audit can log the reads too (pread, read); Linux' audit log tells that a file was opened, and no
--           more: what was opened is to be taken as read
-- sv_counts: en rad för varje delad mapp i ett system: det som står först i sökvägarna till filer och mappar. Det är \\server\mapp, de två
--           första mapparna på en enhet (D:\Shares\HR), de två första leden i en webbadress eller på en servers disk, eller det första
--           ledet i en sökväg som börjar inne i den delade mappen. Läget, det sämsta först: läsning loggas inte, läsning ska loggas men ingen
--           har synts här, bara öppnande har synts (loggen visar inte att innehållet lästes), läsning har synts men är inte angiven, läsning loggas. Nivån är den högsta bland händelserna. Läsningar är läsning och
--           nedladdning; visat innehåll är de av dem där det är visat att innehållet lämnades ut
-- sv_limits: en delad mapp som ingen händelse nämner är okänd här; frågan om täckning för informationstillgångar visar var ett helt system
--           saknar loggning. Där ingen läsning har synts har ingen läst, eller så omfattar granskningen av mappen bara ändringar: det visar
--           inställningarna på servern. Läsning slås på där mappen ligger: i Windows i principen för granskning av filsystemet och mappens egen
--           granskningslista, i Samba i modulen full_audit, i molntjänsten i granskningsloggens omfattning. Ett system vars källor varken loggar läsning eller ändringar, som en
--           utskriftskö, har inga delade mappar. En fil som ligger direkt på enheten räknas till enheten. Där bara öppnande har synts kan
--           full_audit i Samba ställas in så att även läsningen loggas (pread, read). I Linux visar granskningsloggen att en fil har
--           öppnats och inte mer: räkna det som öppnats som läst
WITH by_place AS (
  SELECT system, source, place, asset, seen, max(k) AS k, count(*) AS events, max(time) AS last_utc
  FROM (SELECT *, CASE WHEN action IN ('read', 'export') THEN CASE WHEN proves = 'content' THEN 2 ELSE 1 END ELSE 0 END AS seen  -- a read, its content
        FROM shared_files) AS f
  WHERE ($system IS NULL OR system = $system)
    AND ($start IS NULL OR time >= $start) AND ($stop IS NULL OR time < $stop)
  GROUP BY system, source, place, asset, seen
),
shares AS (
  SELECT system, min(share_name(place)) AS share, max(k) AS k, list_sort(list(DISTINCT asset) FILTER (WHERE asset IS NOT NULL)) AS assets,
         CAST(sum(events) AS BIGINT) AS events, CAST(sum(CASE WHEN seen > 0 THEN events ELSE 0 END) AS BIGINT) AS reads,
         CAST(sum(CASE WHEN seen = 2 THEN events ELSE 0 END) AS BIGINT) AS content,
         max(last_utc) AS last_utc, max(CASE WHEN seen > 0 THEN last_utc END) AS last_read_utc
  FROM by_place
  GROUP BY system, share_key(place)
),
-- A source is of the system that its settings name, and of those that its events carry.
logging AS (
  SELECT system, source FROM by_place
  UNION
  SELECT system, source FROM sources
),
declared AS (
  SELECT l.system, list_sort(list(l.source) FILTER (WHERE list_contains(d.logs, 'read') AND l.source IS NOT NULL)) AS reading_sources,
         count(CASE WHEN d.logs IS NULL OR list_contains(d.logs, 'read') OR list_contains(d.logs, 'export') OR list_contains(d.logs, 'create')
                         OR list_contains(d.logs, 'update') OR list_contains(d.logs, 'delete') THEN 1 END) AS of_files
  FROM logging AS l
  LEFT JOIN sources AS d ON d.source = l.source
  GROUP BY l.system
)
SELECT CASE WHEN d.reading_sources IS NULL AND s.reads = 0 THEN '3 no reads'
            WHEN s.reads = 0 THEN '4 none seen'
            WHEN s.content = 0 THEN '5 opened only'
            WHEN d.reading_sources IS NULL THEN '5 seen, not declared'
            ELSE '6 covered' END AS state,
       s.system, s.share, s.k, s.assets, d.reading_sources, s.events, s.reads, s.content, s.last_utc, s.last_read_utc
FROM shares AS s
LEFT JOIN declared AS d ON d.system = s.system
WHERE ($level = 0 OR s.k >= $level) AND (d.of_files > 0 OR s.reads > 0)
ORDER BY state, s.k DESC NULLS LAST, s.system, s.share
