-- detection: spn_check_failed
-- severity:  medium
-- finds:     a file server refuses a client that asked for another machine: a sign of a relay
-- sv_finds:  En filserver avvisar en klient som frågade efter en annan dator: ett tecken på ett relä.
-- sv:        En filserver har avvisat en klient som egentligen sökte en annan dator, så som vid ett relä.
-- en:        A file server refused a client that was really looking for another machine, as with a relay.
-- key:       computer
-- window:    1
-- benign:    an alias of the server that is missing in the directory
-- sv_benign: ett alias för servern som saknas i katalogen
-- triage:    1 does it match a ticket or a known change?  2 ask whoever answers for the account, by another channel than the computer  3 which computer did the call come from?
-- sv_triage: 1 stämmer det med ett ärende eller en känd ändring?  2 fråga den som står för kontot, över en annan kanal än datorn  3 vilken dator kom anropet ifrån?
-- attack:    T1557.001
SELECT lower(w.computer) AS computer, count(*) AS events, min(w.src_ip) AS from_ip, list_sort(list(w.event_id)) AS evidence
FROM windows_fields AS w
WHERE w.code = 5168
GROUP BY lower(w.computer)
ORDER BY computer
