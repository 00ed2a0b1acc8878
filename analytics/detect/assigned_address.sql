-- The address that a session was given, by what its record says: NULL if it says none.
--
-- FortiGate: tunnelip (SSL VPN) and assignip (IPsec, "tunnel assigned IP address"), in CEF with FTNTFGT before them; see the FortiOS
-- Log Message Reference, messages 39947, 39948 and 37138. Signs for "no address" (N/A, 0.0.0.0, ::) are passed over, so that the other
-- field is read. To look for the words first spares other records the parsing, and JSON is parsed in half the time of a pattern.
CREATE OR REPLACE TEMP MACRO assigned_address(details) AS CASE
  WHEN contains(details, 'tunnelip"') OR contains(details, 'assignip"')
  THEN lower(list_filter(TRY(json_extract_string(details, ['$.tunnelip', '$.FTNTFGTtunnelip', '$.assignip', '$.FTNTFGTassignip'])),
                         lambda x: regexp_full_match(x, '[0-9A-Fa-f:.]*[1-9A-Fa-f][0-9A-Fa-f:.]*'))[1]) END;
