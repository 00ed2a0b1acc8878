-- How many others there are in each peer group.
--
-- reads: peers
SELECT block, peer_group, (count(*) - 1)::INTEGER AS members FROM peers GROUP BY ALL
