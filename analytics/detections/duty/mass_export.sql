-- detection: mass_export
-- severity:  high
-- finds:     an employee who in one day exports, copies or shares more than $things different sensitive things,
--            whatever explains them; more than $unexplained without any explanation; or more than $impersonal that at
--            most the unit's work explains (its assignment or responsibility, a shift, a contact or earlier documents),
--            and more than $times times what the employee and the unit's others took so on any of the thirty days
--            before. Sensitive is what has confidentiality 2 or higher, or isn't classified and is about a person.
--            Jobs, duties of systems management and open investigations are left out; refused ones, what a
--            synchronisation merely may have taken, and what robots and integrations do, don't count
-- sv_finds:  En medarbetare som på en dag exporterar, kopierar eller delar fler än $things olika handlingar eller
--            poster med känsliga uppgifter, vad som än förklarar det; fler än $unexplained oförklarade; eller fler än
--            $impersonal som på sin höjd enhetens arbete förklarar (enhetens uppdrag eller ansvar, ett arbetspass, en
--            kontakt eller tidigare dokumentation) och mer än $times gånger så många som medarbetaren själv eller någon
--            annan på enheten har tagit ut på det sättet någon av de trettio dagarna före. Känsliga är uppgifter med
--            konfidentialitet 2 eller högre, och oklassade uppgifter om en person. Automatiska jobb, uppdrag i systemet
--            (systemförvaltning) och öppna utredningar räknas inte, inte heller nekade försök, det som en
--            synkronisering bara kan ha hämtat och vad programrobotar och integrationer gör.
-- sv:        Medarbetaren har exporterat, kopierat eller delat ovanligt mycket känslig information under en dag.
-- en:        The employee exported, copied or shared unusually much sensitive information in one day.
-- key:       actor
-- window:    31
-- benign:    a decided move, disposal or delivery to the archive; an official document handed out, or a patient's own record; a report that a manager ordered
-- sv_benign: beslutad flytt, gallring eller leverans till arkiv; utlämnande av allmän handling eller av journal till den enskilde; rapport som en chef beställt
-- triage:    1 is there a decision, or a request for documents?  2 where did the information go: an own computer, cloud storage, out of the municipality?  3 is the employee about to leave?  4 from 500 persons: consider reporting under the Cybersecurity Act and GDPR art. 33
-- sv_triage: 1 finns ett beslut eller en begäran om utlämnande?  2 vart gick uppgifterna: egen dator, molnlagring, utanför kommunen?  3 är medarbetaren på väg att sluta?  4 vid minst 500 personer: bedöm rapportering enligt cybersäkerhetslagen och GDPR art. 33
-- params:    things INTEGER (different things in a local day, whatever explains them) = 200;
--            unexplained INTEGER (different things in a local day without any explanation) = 50;
--            impersonal INTEGER (different things in a local day without a reason of the employee's own) = 40;
--            times INTEGER (times the usual) = 3
-- attack:    T1213
SELECT actor, local_day AS day, things, unexplained, impersonal, usual, subjects, events, evidence
FROM takings
WHERE way = 'export' AND (things > $things OR unexplained > $unexplained OR (impersonal > $impersonal AND impersonal > $times * usual))
ORDER BY actor, local_day
