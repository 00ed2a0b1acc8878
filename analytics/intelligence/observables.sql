-- What events hold that indicators look for: a row for each, with what a finding needs of the event. Addresses and hashes also
-- from anywhere in `details`; a host's name once for each domain that it lies in, so that what is below a domain equals it;
-- an address once for each length of network that there is an indicator of.

-- Only what some indicator looks for is computed. Variables, since DuckDB leaves out what a constant says is never needed.
SET VARIABLE indicator_types = (SELECT coalesce(list(DISTINCT type), []) FROM indicators);
SET VARIABLE indicator_lengths = (SELECT coalesce(list(DISTINCT length(value)), []) FROM indicators WHERE type = 'ip');
CREATE OR REPLACE TEMP MACRO ti_wanted(name) AS list_contains(getvariable('indicator_types'), name);

CREATE OR REPLACE TEMP VIEW observables AS
WITH urls AS NOT MATERIALIZED (
  SELECT event_id, time, local_day, actor_account, outcome,
         unnest(list_distinct(list_concat([lower(object_path)], json_extract_string(lower(details), [
           '$.hostname', '$.url', '$.dhost', '$.request', '$.destinationhostname', '$.queryname', '$.qname', '$.domain', '$.host', '$.destinationdnsdomain',
           '$.url.domain', '$.url.full', '$.url.original', '$.dns.question.name', '$.destination.domain', '$.server_name', '$.sni', '$.referer', '$.referrer'])))) AS url
  FROM events),
hosts AS NOT MATERIALIZED (
  SELECT event_id, time, local_day, actor_account, outcome, trim(ti_host(url), '[]') AS host FROM urls
  UNION ALL
  SELECT event_id, time, local_day, actor_account, outcome, lower(src_host) FROM events),
texts AS NOT MATERIALIZED (
  SELECT event_id, time, local_day, actor_account, outcome, src_ip, concat_ws(' ', details, object_path) AS text FROM events),
addresses AS NOT MATERIALIZED (
  SELECT event_id, time, local_day, actor_account, outcome,
         lower(unnest(list_distinct(list_concat([src_ip], regexp_extract_all(text, '\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b'),
                                                regexp_extract_all(text, '["\[]([0-9a-fA-F]{0,4}:[0-9a-fA-F:]*:[0-9a-fA-F.:]*)["\]]', 1))))) AS address
  FROM texts),
keys AS NOT MATERIALIZED (
  SELECT event_id, time, local_day, actor_account, outcome, ti_ip(address) AS key FROM addresses WHERE address IS NOT NULL),
domains AS NOT MATERIALIZED (
  SELECT event_id, time, local_day, actor_account, outcome, ti_domain(host) AS domain FROM hosts),
accounts AS NOT MATERIALIZED (
  SELECT event_id, time, local_day, actor_account, outcome,
         unnest(list_distinct([lower(actor_account), lower(target_account), lower(on_behalf_of), lower(actor_domain || '\' || actor_account)])) AS account
  FROM events)
SELECT event_id, time, local_day, actor_account, outcome, 'ip' AS type,
       unnest(list_transform(list_filter(getvariable('indicator_lengths'), lambda n: n <= length(key)), lambda n: left(key, n))) AS value
FROM keys WHERE key IS NOT NULL AND ti_wanted('ip')
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'domain', unnest(ti_suffixes(domain)) FROM domains WHERE domain IS NOT NULL AND ti_wanted('domain')
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'url', ti_url(url) FROM urls WHERE ti_host(url) <> '' AND ti_wanted('url')
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'hash',
       unnest(list_distinct(regexp_extract_all(lower(details), '\b(?:[0-9a-f]{128}|[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b')))
FROM events WHERE ti_wanted('hash')
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'file_name', regexp_extract(lower(object_path), '([^/\\]+)$', 1)
FROM events WHERE NOT contains(object_path, '://') AND ti_wanted('file_name')
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'email', account FROM accounts WHERE contains(account, '@') AND ti_wanted('email')
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'account', account FROM accounts WHERE account IS NOT NULL AND ti_wanted('account')
UNION ALL
SELECT event_id, time, local_day, actor_account, outcome, 'user_agent', lower(trim(user_agent)) FROM events WHERE user_agent <> '' AND ti_wanted('user_agent');
