-- format:   Keycloak 26, user events as JSON, one object a line
-- verbs:    LOGIN, LOGOUT
WITH typed AS (SELECT *, CASE WHEN verb = 'LOGIN' AND NOT ok THEN 'LOGIN_ERROR' ELSE verb END AS type FROM acts)
SELECT n,
       '{"id":"' || md5('kc' || n)::UUID::VARCHAR || '","time":' || epoch_ms(utc) || ',"type":"' || type || '","realmId":"' || md5('realm')::UUID::VARCHAR || '","realmName":"larknuten","clientId":"larknuten-web","userId":"'
       || md5('user' || who)::UUID::VARCHAR || '","sessionId":' || CASE type WHEN 'LOGIN_ERROR' THEN 'null' ELSE '"' || md5('s' || who || strftime(local, '%j'))::UUID::VARCHAR || '"' END
       || ',"ipAddress":"' || ip || '","error":' || CASE type WHEN 'LOGIN_ERROR' THEN '"invalid_user_credentials"' ELSE 'null' END
       || ',"details":{"auth_method":"openid-connect","redirect_uri":"https://larknuten.aviken.example/start","username":"' || sam || '"}}' AS line,
       sam AS actor_account,
       CASE type WHEN 'LOGOUT' THEN 'logout' ELSE 'login' END AS action,
       CASE type WHEN 'LOGIN_ERROR' THEN 'failure' ELSE 'success' END AS outcome,
       ip AS src_ip,
       CASE type WHEN 'LOGIN_ERROR' THEN 'attempt' ELSE 'possible' END AS proves,
       'client' AS object_type,
       'larknuten-web' AS object_id
FROM typed
