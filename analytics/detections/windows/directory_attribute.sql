-- detection: directory_attribute
-- severity:  high
-- finds:     a person changes an attribute in the directory that gives control over others: rights on objects,
--            delegation, keys and other identities, SID history, service names of users and machines, log-in scripts,
--            group policy, certificate templates, the end of passwords that LAPS manages, or the directory's own
--            safeguards
-- sv_finds:  En person ändrar ett attribut i katalogen som ger makt över andra: rättigheter på objekt, delegering,
--            nycklar och andra identiteter, SID-historik, tjänstenamn för användare och datorer, inloggningsskript,
--            grupprinciper, certifikatmallar, giltighetstiden för lösenord som LAPS sköter eller katalogens egna
--            säkerhetsinställningar.
-- sv:        En person har ändrat ett attribut i katalogen som ger makt över andra konton.
-- en:        A person changed an attribute in the directory that gives power over other accounts.
-- key:       actor_account, attribute
-- window:    1
-- benign:    a planned change of permissions, group policies or service accounts; the installation of a system that extends the directory
-- sv_benign: planerad ändring av rättigheter, grupprinciper eller tjänstekonton; installation av ett system som utökar katalogen
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 put the attribute back if the change wasn't intended; see what the account did then
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 återställ attributet om ändringen inte var avsedd; se vad kontot gjorde sedan
-- attack:    T1098, T1484.001, T1222.001
SELECT lower(w.actor_account) AS actor_account, w.attribute, count(*) AS events, count(DISTINCT w.object_dn) AS objects, min(w.object_dn) AS first_object,
       list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 5136 AND w.actor_account NOT LIKE '%$'
  AND (w.attribute IN ('msds-keycredentiallink', 'msds-allowedtoactonbehalfofotheridentity', 'msds-allowedtodelegateto', 'sidhistory', 'scriptpath',
                       'gpcmachineextensionnames', 'gpcuserextensionnames', 'gpcfilesyspath', 'ms-mcs-admpwdexpirationtime', 'altsecurityidentities', 'dsheuristics',
                       'mspki-certificate-name-flag', 'mspki-enrollment-flag', 'certificatetemplates')
       OR (w.attribute = 'serviceprincipalname' AND lower(w.object_class) IN ('user', 'computer'))
       OR (w.attribute = 'ntsecuritydescriptor' AND lower(w.object_class) IN ('user', 'computer', 'group', 'domaindns', 'container', 'grouppolicycontainer', 'pkicertificatetemplate')))
GROUP BY lower(w.actor_account), w.attribute
ORDER BY actor_account, w.attribute
