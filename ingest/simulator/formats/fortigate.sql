-- format:   FortiOS 7.4 event log, SSL VPN; local time, eventtime in nanoseconds
-- verbs:    up, down, fail
SELECT n,
       'date=' || strftime(local, '%Y-%m-%d time=%H:%M:%S') || ' devname="FW-AVIKEN-1" devid="FG100FTK00000001" eventtime=' || epoch_us(utc) * 1000 || ' tz="' || utc_offset || '" logid="'
       || CASE verb WHEN 'up' THEN '0101039947' WHEN 'down' THEN '0101039948' ELSE '0101039426' END || '" type="event" subtype="vpn" level="'
       || CASE verb WHEN 'fail' THEN 'alert' ELSE 'information' END || '" vd="root" logdesc="'
       || CASE verb WHEN 'up' THEN 'SSL VPN tunnel up' WHEN 'down' THEN 'SSL VPN tunnel down' ELSE 'SSL VPN login fail' END || '" action="'
       || CASE verb WHEN 'up' THEN 'tunnel-up' WHEN 'down' THEN 'tunnel-down' ELSE 'ssl-login-fail' END || '" tunneltype="' || CASE verb WHEN 'fail' THEN 'ssl-web' ELSE 'ssl-tunnel' END
       || '" tunnelid=' || CASE verb WHEN 'fail' THEN 0 ELSE 1000000 + who END || ' remip=' || ip || ' srccountry="' || coalesce(extra, 'Sweden') || '" '
       || CASE WHEN verb <> 'fail' THEN 'tunnelip=10.250.' || who // 250 % 250 || '.' || who % 250 + 1 || ' ' ELSE '' END || 'user="' || sam || '" group="VPN-anstallda" dst_host="N/A" '
       || CASE verb WHEN 'up' THEN 'reason="tunnel established" msg="SSL tunnel established"'
                    WHEN 'down' THEN 'duration=' || (r % 30000 + 600) || ' sentbyte=' || (r % 90000000) || ' rcvdbyte=' || (r % 7000000) || ' reason="User requested termination of service" msg="SSL tunnel shutdown"'
                    ELSE 'reason="sslvpn_login_permission_denied" msg="SSL user failed to logged in"' END AS line,
       sam AS actor_account,
       CASE verb WHEN 'down' THEN 'logout' ELSE 'login' END AS action,
       CASE verb WHEN 'fail' THEN 'failure' ELSE 'success' END AS outcome,
       ip AS src_ip
FROM acts
