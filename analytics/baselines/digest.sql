-- What the aggregates before an hour amount to, in one number: the same however the rows lie in files.
--
-- reads: facts; $until_hour
SELECT coalesce(sum(hash(who, hour, slot, act, thing, container, extension, host, network, device, agent, subject, target, target_domain, level)::HUGEINT
                    * events), 0)::VARCHAR AS digest
FROM facts
WHERE hour < $until_hour
