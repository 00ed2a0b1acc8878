-- question: unread_assets
-- asks:     Which information assets of the highest level have no source that declares that it logs reads?
-- sv:       Vilka informationstillgångar på högsta nivån saknar en källa som uppger att den loggar läsning?
-- params:   controller TEXT (only of this nämnd) = NULL; now TIMESTAMPTZ (as of when the register is read, without: the present) = NULL
-- returns:  asset TEXT, name TEXT, controller TEXT, k INTEGER, r INTEGER, t INTEGER, systems TEXT[]
-- counts:   each asset of which k, r or t is 3, if none of its systems has a source that declares reads
-- order:    by controller and asset
-- limits:   that a source declares reads doesn't prove that it logs all of them: coverage_by_asset says what was seen
-- sv_counts: varje tillgång där konfidentialitet, riktighet eller tillgänglighet är 3, om inget av dess system har en källa som ska
--           logga läsning
-- sv_limits: att en källa ska logga läsning bevisar inte att den loggar all: frågan om täckning säger vad som har synts
SELECT a.asset, a.name, a.controller, a.k, a.r, a.t, a.systems
FROM assets AS a
WHERE greatest(a.k, a.r, a.t) = 3 AND a.valid_from <= $now AND (a.valid_to IS NULL OR a.valid_to > $now)
  AND ($controller IS NULL OR a.controller = $controller)
  AND NOT EXISTS (SELECT 1 FROM sources AS s WHERE list_contains(a.systems, s.system) AND list_contains(s.logs, 'read'))
ORDER BY a.controller, a.asset
