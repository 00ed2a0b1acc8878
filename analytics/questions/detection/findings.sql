-- question: findings
-- asks:     What have the detections found, and what has been decided about it?
-- sv:       Vad har reglerna funnit, och vad har beslutats om det?
-- params:   detection TEXT (only of this rule) = NULL; person TEXT (only what this person did, by id or account) = NULL;
--           subject TEXT (token: only what is about this person) = NULL; system TEXT (only in this system) = NULL;
--           asset TEXT (only of this information asset) = NULL; unit TEXT (only of this unit) = NULL; severity TEXT (only as severe as this) = NULL;
--           severe BOOLEAN (true: only high and critical, false: only the others) = NULL; classified BOOLEAN (false: only what
--           touches no level) = NULL; month TEXT (2026-03: of the first
--           evidence) = NULL; decided BOOLEAN (true: only decided, false: only open) = NULL; controller TEXT (of this nämnd,
--           - for none) = NULL; level INTEGER (the highest of k r t) = NULL; tactic TEXT (of rules counted under this one
--           of ATT&CK) = NULL; handling TEXT (only what is to be looked at by then) = NULL; verdict TEXT (with this decision, open if none yet) = NULL; state TEXT = NULL; risk INTEGER (lowest risk, 0-1000) = 0;
--           start, stop TIMESTAMPTZ (with evidence from start until before stop, without: all there is) = NULL
-- returns:  risk INTEGER, severity TEXT, handling TEXT, detection TEXT, actor_person TEXT, actor_account TEXT, actor_unit TEXT, about TEXT, system TEXT,
--           asset TEXT, controller TEXT, k INTEGER, r INTEGER, t INTEGER, events BIGINT, explained BIGINT, first_utc TIMESTAMPTZ,
--           last_utc TIMESTAMPTZ, state TEXT, verdict TEXT, decided_by TEXT, decided_utc TIMESTAMPTZ, finding TEXT
-- counts:   each finding once, as it stands; risk = as it was found, moved by what was decided of its like; handling = by when the policy
--           for its level wants it looked at; explained = those of its events that duty explains. state 'changed' = events that it
--           rested on have been computed again, and no longer give it
-- order:    by risk, the highest first, then the last event and the finding
-- limits:   a finding is a reason to look, never a proof. What no detection finds is not here. Whom it is about is not told of rules that
--           rest on who is protected, dead or of special interest: the finding itself tells it
-- sv_counts: varje fynd en gång, så som det står; risken är den som fyndet fick, flyttad av vad som har beslutats om liknande;
--           hanteringen säger när det ska granskas enligt policyn för nivån; förklarade är de av händelserna som tjänsten förklarar. Ändrat underlag betyder
--           att händelserna har räknats om och inte längre ger fyndet
-- sv_limits: ett fynd är ett skäl att titta, aldrig ett bevis. Det som ingen regel ser är inte här. Vem det gäller visas inte för
--           regler som vilar på vem som har skyddade personuppgifter, är avliden eller av särskilt intresse: det säger fyndet självt
SELECT f.risk, f.severity, f.handling, f.detection, f.actor_person, f.actor_account, f.actor_unit, f.about, f.system, f.asset, f.controller, f.k, f.r,
       f.t, f.events, f.explained, f.first AS first_utc, f.last AS last_utc, f.state, d.verdict, d.decided_by, d.decided AS decided_utc,
       f.finding
FROM findings AS f LEFT JOIN decisions AS d ON d.finding = f.finding
WHERE ($detection IS NULL OR f.detection = $detection)
  AND ($person IS NULL OR f.actor_person = $person OR f.actor_account = $person OR EXISTS (
    SELECT 1 FROM aliases AS a WHERE a.key = lower($person) AND (a.person = f.actor_person OR a.account = f.actor_account)))
  AND ($subject IS NULL OR f.about = $subject)
  AND ($system IS NULL OR f.system = $system)
  AND ($asset IS NULL OR f.asset = $asset)
  AND ($unit IS NULL OR f.actor_unit = $unit)
  AND ($severity IS NULL OR f.severity = $severity)
  AND ($severe IS NULL OR (f.severity IN ('high', 'critical')) = $severe)
  AND ($classified IS NULL OR (greatest(f.k, f.r, f.t) IS NOT NULL) = $classified)
  AND ($month IS NULL OR f.month = $month)
  AND ($decided IS NULL OR (d.verdict IS NOT NULL) = $decided)
  AND ($controller IS NULL OR coalesce(f.controller, '-') = $controller)
  AND ($level IS NULL OR greatest(f.k, f.r, f.t) = $level)
  AND ($tactic IS NULL OR list_contains(f.tactics, $tactic))
  AND ($handling IS NULL OR f.handling = $handling)
  AND ($verdict IS NULL OR coalesce(d.verdict, 'open') = $verdict)
  AND ($state IS NULL OR f.state = $state)
  AND f.risk >= $risk
  AND ($start IS NULL OR f.last >= $start) AND ($stop IS NULL OR f.first < $stop)
ORDER BY f.risk DESC, last_utc DESC, f.finding
