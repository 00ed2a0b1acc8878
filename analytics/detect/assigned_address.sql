-- The address that a session was given, by what its record says: NULL if it says none.
--
-- FortiGate: tunnelip (SSL VPN) and assignip (IPsec, "tunnel assigned IP address"), in CEF with FTNTFGT before them; see the FortiOS
-- Log Message Reference, messages 39947, 39948 and 37138. Signs for "no address" (N/A, 0.0.0.0, ::) are passed over, so that the other
-- field is read. The same key within a text is escaped there, and isn't found.
CREATE OR REPLACE TEMP MACRO assigned_address(details) AS CASE
  WHEN contains(details, 'tunnelip"') OR contains(details, 'assignip"')
  THEN nullif(lower(regexp_extract(details,
         '"(?:FTNTFGT)?(?:tunnelip|assignip)"\s*:\s*"([1-9][0-9]*(?:\.[0-9]+){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*[0-9A-Fa-f])"', 1)), '') END;
