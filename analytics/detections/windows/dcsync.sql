-- detection: dcsync
-- severity:  critical
-- finds:     an account that is no machine's asks the directory to replicate its secrets (DCSync); domain controllers
--            do so by their machines' accounts. Accounts of directory synchronisation to the cloud (MSOL_) don't count
-- sv_finds:  Ett konto som inte är en dators ber katalogen att replikera sina hemligheter (DCSync); domänkontrollanter
--            gör det med sina datorkonton. Konton för katalogsynkronisering till molnet (MSOL_) räknas inte.
-- sv:        Ett konto som inte är en domänkontrollant har begärt replikering av katalogens lösenord (DCSync).
-- en:        An account that is no domain controller asked for replication of the directory's passwords (DCSync).
-- key:       actor_account
-- window:    1
-- benign:    directory synchronisation to the cloud (MSOL_ accounts aren't counted); other products that synchronise (an exception with a decision)
-- sv_benign: katalogsynkronisering till molnet (MSOL_-konton räknas inte); andra synkroniseringsprodukter (undantag med beslut)
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 if it is an attack the whole domain is disclosed: incident process now, change krbtgt twice
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 är det ett angrepp är hela domänen röjd: incidentprocess nu, byt krbtgt två gånger
-- attack:    T1003.006
SELECT lower(w.actor_account) AS actor_account, count(*) AS events, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 4662 AND w.access_mask IN ('0x100', '256') AND w.actor_account NOT LIKE '%$' AND lower(w.actor_account) NOT LIKE 'msol_%'
  AND (contains(w.properties, '1131f6aa-9c07') OR contains(w.properties, '1131f6ad-9c07') OR contains(w.properties, '1131f6ae-9c07')
       OR contains(w.properties, '9923a32a-3607') OR contains(w.properties, '89e95b76-444d'))
GROUP BY lower(w.actor_account)
ORDER BY actor_account
