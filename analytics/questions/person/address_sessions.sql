-- question: address_sessions
-- asks:     Which VPN sessions were there, whose were they, where did each come from, which address was it given, and from when to when?
-- sv:       Vilka VPN-sessioner fanns det, vems var de, varifrån kom de, vilken adress tilldelades de, och från när till när?
-- params:   actor_person TEXT = NULL; actor_account TEXT = NULL; src_ip TEXT (where the client was) = NULL;
--           assigned_ip TEXT (the address that the session was given) = NULL;
--           counted BOOLEAN (also how many events came from that address within the session) = true;
--           start, stop TIMESTAMPTZ (a session that began or ended within, without: all there is) = NULL
-- returns:  session_from_utc TIMESTAMPTZ, session_to_utc TIMESTAMPTZ, actor_account TEXT, actor_domain TEXT, actor_person TEXT, src_ip TEXT,
--           assigned_ip TEXT, events BIGINT, from_event TEXT, to_event TEXT
-- actions:  login, logout
-- counts:   every session that a VPN gave an address, as FortiGate tells (tunnelip and assignip), once: by its account, where it came from
--           and what it was given. A log-off belongs to the log-on of the same account, session, client and address that comes right before
--           it. An end that isn't seen is empty, and then no events are counted. events = all from the assigned address, by whomever, from
--           the beginning until the end
-- order:    the latest first, by its end where no beginning is seen, then by event
-- narrow:   time and stop; all actor_person in assigned, actor_account in assigned, src_ip in assigned, assigned_ip in assigned unless counted
-- limits:   an end outside the period is told as not seen, and a session that began before it and ended after it isn't here. A client that
--           changes its own address is two sessions here, each with the end that isn't seen empty. Another VPN's log may tell no address,
--           and a web portal of a VPN gives none
-- sv_counts: varje session som VPN-lösningen tilldelade en adress, enligt FortiGate (tunnelip och assignip), en gång: konto, varifrån
--           den kom och vilken adress den tilldelades. En utloggning hör till inloggningen närmast före med samma konto, session,
--           klient och adress. Början eller slut som inte syns är tomt, och då räknas inga händelser. Händelser är alla från den
--           tilldelade adressen, av vem som helst, från början till slut
-- sv_limits: början eller slut utanför perioden visas som om det inte syntes, och en session som började före perioden och slutade
--           efter den är inte med. En klient som byter sin egen adress blir två sessioner, där det som inte syns är tomt. Andra
--           VPN-lösningars loggar anger kanske ingen tilldelad adress, och en VPN-portal på webben tilldelar ingen
WITH spans AS (
  SELECT actor_account, actor_domain, actor_person, src_ip, assigned_ip, session_from_utc, from_event, session_to_utc, to_event,
         session_from_utc IS NOT NULL
         AND ($start IS NULL OR session_from_utc >= $start) AND ($stop IS NULL OR session_from_utc < $stop) AS begun,
         session_to_utc IS NOT NULL
         AND ($start IS NULL OR session_to_utc > $start) AND ($stop IS NULL OR session_to_utc <= $stop) AS ended
  FROM address_sessions
  WHERE ($actor_person IS NULL OR actor_person = $actor_person)
    AND ($actor_account IS NULL OR actor_account = $actor_account)
    AND ($src_ip IS NULL OR src_ip = $src_ip)
    AND ($assigned_ip IS NULL OR assigned_ip = lower($assigned_ip))
),
told AS (
  SELECT actor_account, actor_domain, actor_person, src_ip, assigned_ip,
         CASE WHEN begun THEN session_from_utc END AS session_from_utc, CASE WHEN begun THEN from_event END AS from_event,
         CASE WHEN ended THEN session_to_utc END AS session_to_utc, CASE WHEN ended THEN to_event END AS to_event
  FROM spans
  WHERE begun OR ended
),
-- How many came from the address within: the address is the next session's from that one's beginning on.
within AS (
  SELECT w.from_event, count(e.time) AS events
  FROM told AS w LEFT JOIN events AS e ON e.src_ip = w.assigned_ip AND e.time >= w.session_from_utc AND e.time < w.session_to_utc
  WHERE $counted AND w.from_event IS NOT NULL AND w.to_event IS NOT NULL
  GROUP BY w.from_event
)
SELECT w.session_from_utc, w.session_to_utc, w.actor_account, w.actor_domain, w.actor_person, w.src_ip, w.assigned_ip, n.events,
       w.from_event, w.to_event
FROM told AS w LEFT JOIN within AS n ON n.from_event = w.from_event
ORDER BY coalesce(w.session_from_utc, w.session_to_utc) DESC, coalesce(w.from_event, w.to_event)
