-- detection: indicator_seen
-- severity:  medium
-- finds:     an event that holds what threat intelligence warns of (an address or network, a domain or what is below
--            it, a URL, a file's hash or name, a mail address, an account, a program), until the indicator's end and
--            from a year before its beginning; an indicator of several parts counts only if the event holds all of
--            them; attempts count and are told apart
-- sv_finds:  En händelse som innehåller något som hotunderrättelser varnar för (en adress eller ett nät, en domän eller
--            något under den, en webbadress, en fils kontrollsumma eller namn, en e-postadress, ett konto, ett
--            program), från ett år före det att indikatorn börjar gälla till dess att den slutar gälla. En indikator
--            som har flera delar räknas bara om händelsen innehåller alla. Försök räknas och redovisas för sig.
-- sv:        En händelse innehåller något som hotunderrättelser varnar för
-- en:        An event holds something that threat intelligence warns of.
-- key:       wanted
-- window:    1
-- benign:    the address is shared by many or has changed hands; a security scan or analysis of our own; an attempt from outside that the firewall stopped; a common file name
-- sv_benign: adressen delas av många eller har bytt innehavare; en egen säkerhetsskanning eller analys; försök utifrån som brandväggen stoppade; ett vanligt filnamn
-- triage:    1 see what the indicator stands for, from whom it is and how sure  2 was it an attempt, or did it succeed?  3 which account and which computer, and what more did they do that day?  4 call IT security; on an intrusion, incident handling and report
-- sv_triage: 1 se vad indikatorn står för, från vem och hur säker den är  2 var det ett försök, eller lyckades det?  3 vilket konto och vilken dator, och vad mer gjorde de samma dygn?  4 kontakta it-säkerhet; vid intrång incidenthantering och anmälan
-- params:    none
WITH hits AS (
  SELECT o.event_id, o.local_day, o.actor_account, o.outcome, i.wanted, i.source, i.label, i.confidence
  FROM observables AS o JOIN indicators AS i ON i.type = o.type AND i.value = o.value
  WHERE o.time >= i.valid_from - INTERVAL 365 DAY AND (i.valid_to IS NULL OR o.time < i.valid_to)
  GROUP BY o.event_id, o.local_day, o.actor_account, o.outcome, i.wanted, i.source, i.label, i.confidence, i.clause, i.terms
  HAVING count(DISTINCT i.term) = i.terms)
SELECT wanted, local_day, list_sort(list(DISTINCT source) FILTER (WHERE source IS NOT NULL)) AS sources,
       list_sort(list(DISTINCT label) FILTER (WHERE label IS NOT NULL)) AS labels, max(confidence) AS confidence,
       count(DISTINCT event_id) AS events, count(DISTINCT event_id) FILTER (WHERE outcome = 'failure') AS attempts,
       count(DISTINCT actor_account) AS accounts, list_sort(list(DISTINCT event_id) FILTER (WHERE event_id IS NOT NULL)) AS evidence
FROM hits
GROUP BY wanted, local_day
ORDER BY wanted, local_day
