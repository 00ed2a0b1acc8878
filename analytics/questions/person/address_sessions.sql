-- question: address_sessions
-- asks:     Which VPN sessions were there from or with this address, whose were they, which address was each given, and when?
-- sv:       Vilka VPN-sessioner kom från den här adressen eller tilldelades den, vems var de, och från när till när?
-- params:   address TEXT (IP address, the client's own or the one that it was given) = NULL;
--           person TEXT (only this person, by id or account) = NULL;
--           counted BOOLEAN (also how many events came from the address within the session) = true;
--           start, stop TIMESTAMPTZ (a session that began or ended within, without: all there is) = NULL
-- returns:  session_from_utc TIMESTAMPTZ, session_to_utc TIMESTAMPTZ, actor_account TEXT, actor_domain TEXT, actor_person TEXT, src_ip TEXT,
--           assigned_ip TEXT, events BIGINT, from_event TEXT, to_event TEXT
-- actions:  login, logout
-- counts:   every session that a VPN gave an address, as FortiGate tells (tunnelip and assignip), once: by its account, where it came from
--           and what it was given. A log-off belongs to the log-on of the same account, session and address that comes right before it. An
--           end that isn't seen is empty, and then no events are counted. events = all from the assigned address, by whomever, from
--           the beginning until the end
-- order:    the latest first, by its end where no beginning is seen, then by event
-- narrow:   time and stop; any address in assigned, person via aliases in assigned unless counted
-- limits:   an end outside the period is told as not seen, and a session that began before it and ended after it isn't here. Asked by the
--           address that it came from, an end that the record places at another isn't told. Another VPN's log may tell no address. A
--           web portal of a VPN gives none
-- sv_counts: varje session som VPN-lösningen tilldelade en adress, enligt FortiGate (tunnelip och assignip), en gång: konto, varifrån
--           den kom och vilken adress den tilldelades. En utloggning hör till inloggningen närmast före med samma konto, session och
--           adress. Början eller slut som inte syns är tomt, och då räknas inga händelser. Händelser är alla från den tilldelade
--           adressen, av vem som helst, från början till slut
-- sv_limits: början eller slut utanför perioden visas som om det inte syntes, och en session som började före perioden och slutade
--           efter den är inte med. När frågan gäller adressen som sessionen kom från visas inte en början eller ett slut som posten
--           anger från en annan adress. Andra VPN-lösningars loggar anger kanske ingen tilldelad adress. En VPN-portal på webben
--           tilldelar ingen
WITH spans AS (
  SELECT actor_account, actor_domain, actor_person, assigned_ip, session_from_utc, from_ip, from_event, session_to_utc, to_ip, to_event,
         session_from_utc IS NOT NULL
         AND ($start IS NULL OR session_from_utc >= $start) AND ($stop IS NULL OR session_from_utc < $stop)
         AND ($address IS NULL OR assigned_ip = $address OR from_ip = $address) AS begun,
         session_to_utc IS NOT NULL
         AND ($start IS NULL OR session_to_utc > $start) AND ($stop IS NULL OR session_to_utc <= $stop)
         AND ($address IS NULL OR assigned_ip = $address OR to_ip = $address) AS ended
  FROM address_sessions
),
whose AS (
  SELECT actor_account, actor_domain, actor_person, assigned_ip, CASE WHEN begun THEN session_from_utc END AS session_from_utc,
         CASE WHEN begun THEN from_event END AS from_event, CASE WHEN ended THEN session_to_utc END AS session_to_utc,
         CASE WHEN ended THEN to_event END AS to_event, CASE WHEN begun THEN from_ip ELSE to_ip END AS src_ip
  FROM spans AS s
  WHERE (begun OR ended)
    AND ($person IS NULL OR actor_account = $person OR actor_person = $person OR EXISTS (
      SELECT 1
      FROM aliases AS a
      WHERE a.key = lower($person) AND (a.person = s.actor_person OR (s.actor_person IS NULL AND a.account = s.actor_account))
        AND CASE WHEN s.begun THEN s.session_from_utc ELSE s.session_to_utc END >= a.valid_from
        AND (a.valid_to IS NULL OR CASE WHEN s.begun THEN s.session_from_utc ELSE s.session_to_utc END < a.valid_to)))
),
-- How many came from the address within: the address is the next session's from that one's beginning on.
within AS (
  SELECT w.from_event, count(e.time) AS events
  FROM whose AS w LEFT JOIN events AS e ON e.src_ip = w.assigned_ip AND e.time >= w.session_from_utc AND e.time < w.session_to_utc
  WHERE $counted AND w.from_event IS NOT NULL AND w.to_event IS NOT NULL
  GROUP BY w.from_event
)
SELECT w.session_from_utc, w.session_to_utc, w.actor_account, w.actor_domain, w.actor_person, w.src_ip, w.assigned_ip, n.events,
       w.from_event, w.to_event
FROM whose AS w LEFT JOIN within AS n ON n.from_event = w.from_event
ORDER BY coalesce(w.session_from_utc, w.session_to_utc) DESC, coalesce(w.from_event, w.to_event)
