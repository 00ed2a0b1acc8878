-- What events hold that indicators look for: a row for each, with what a finding needs of the event. Addresses and hashes also
-- from anywhere in `details`; a host's name once for each domain that it lies in, so that what is below a domain equals it.
CREATE OR REPLACE TEMP VIEW observables AS
WITH seen AS (
  SELECT event_id, time, local_day, actor_account, outcome, lower(src_ip) AS src_ip, lower(src_host) AS src_host, lower(trim(user_agent)) AS user_agent,
         lower(object_path) AS path, [lower(actor_account), lower(target_account), lower(on_behalf_of), lower(actor_domain || '\' || actor_account)] AS accounts,
         lower(details) AS details,
         json_extract_string(details, ['$.hostname', '$.url', '$.dhost', '$.request', '$.DestinationHostname', '$.QueryName', '$.qname', '$.domain',
                                       '$.host', '$.destinationDnsDomain', '$.url.domain', '$.url.full', '$.url.original', '$.dns.question.name',
                                       '$.destination.domain', '$.server_name', '$.sni', '$.referer', '$.referrer']) AS named
  FROM events),
addresses AS (
  SELECT event_id, time, local_day, actor_account, outcome,
         unnest(list_distinct(list_concat([src_ip], regexp_extract_all(details, '\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b'),
                                          regexp_extract_all(details, '"([0-9a-f]{0,4}:[0-9a-f:]*:[0-9a-f.:]*)"', 1)))) AS address
  FROM seen),
urls AS (
  SELECT event_id, time, local_day, actor_account, outcome, unnest(list_distinct(list_concat([path], named))) AS url FROM seen),
hosts AS (
  SELECT event_id, time, local_day, actor_account, outcome, trim(ti_host(url), '[]') AS host FROM urls
  UNION ALL
  SELECT event_id, time, local_day, actor_account, outcome, src_host FROM seen),
domains AS (
  SELECT event_id, time, local_day, actor_account, outcome, ti_domain(host) AS domain FROM hosts)
SELECT event_id, time, local_day, actor_account, outcome, 'ip' AS type, ti_ip(address) AS value FROM addresses
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'ip', ti_ip(host) FROM hosts
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'domain', unnest(ti_suffixes(domain)) FROM domains WHERE domain IS NOT NULL
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'url', ti_url(url) FROM urls WHERE ti_host(url) <> ''
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'hash',
       unnest(list_distinct(regexp_extract_all(details, '\b(?:[0-9a-f]{128}|[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b')))
FROM seen
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'file_name', regexp_extract(path, '([^/\\]+)$', 1) FROM seen WHERE NOT contains(path, '://')
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'email', unnest(list_filter(list_distinct(accounts), lambda a: contains(a, '@'))) FROM seen
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'account', unnest(list_distinct(accounts)) FROM seen
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'user_agent', user_agent FROM seen WHERE user_agent <> '';
