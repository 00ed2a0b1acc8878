-- detection: mass_print
-- severity:  medium
-- finds:     an employee who in one day prints more than $things different sensitive things, whatever explains them;
--            more than $unexplained without any explanation; or more than $impersonal that at most the unit's work
--            explains (its assignment or responsibility, a shift, a contact or earlier documents), and more than $times
--            times what the employee and the unit's others printed so on any of the thirty days before. Sensitive is
--            what has confidentiality 2 or higher, or isn't classified and is about a person. Jobs, duties of systems
--            management and open investigations are left out; refused ones, and what robots and integrations do, don't
--            count
-- sv_finds:  En medarbetare som på en dag skriver ut fler än $things olika handlingar eller poster med känsliga
--            uppgifter, vad som än förklarar det; fler än $unexplained oförklarade; eller fler än $impersonal som på
--            sin höjd enhetens arbete förklarar (enhetens uppdrag eller ansvar, ett arbetspass, en kontakt eller
--            tidigare dokumentation) och mer än $times gånger så många som medarbetaren själv eller någon annan på
--            enheten har skrivit ut på det sättet någon av de trettio dagarna före. Känsliga är uppgifter med
--            konfidentialitet 2 eller högre, och oklassade uppgifter om en person. Automatiska jobb, uppdrag i systemet
--            (systemförvaltning) och öppna utredningar räknas inte, inte heller nekade försök och vad programrobotar
--            och integrationer gör.
-- sv:        Medarbetaren har skrivit ut ovanligt mycket känslig information under en dag.
-- en:        The employee printed unusually much sensitive information in one day.
-- key:       actor
-- window:    31
-- benign:    decisions or summonses sent out; a binder before a stop of operations, or a routine for when systems are down; an official document handed out
-- sv_benign: utskick av beslut eller kallelser; pärm inför driftstopp eller reservrutin; utlämnande av allmän handling
-- triage:    1 which dispatch or request was it for?  2 which printer, and were the prints fetched?  3 where are the papers now?
-- sv_triage: 1 vilket utskick eller vilken begäran gällde det?  2 vilken skrivare, och hämtades utskrifterna?  3 var finns papperen nu?
-- params:    things INTEGER (different things in a local day, whatever explains them) = 100;
--            unexplained INTEGER (different things in a local day without any explanation) = 20;
--            impersonal INTEGER (different things in a local day without a reason of the employee's own) = 15;
--            times INTEGER (times the usual) = 3
-- attack:    T1052
SELECT actor, local_day AS day, things, unexplained, impersonal, usual, subjects, events, evidence
FROM takings
WHERE way = 'print' AND (things > $things OR unexplained > $unexplained OR (impersonal > $impersonal AND impersonal > $times * usual))
ORDER BY actor, local_day
