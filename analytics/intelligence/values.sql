-- Values as `observables` and `indicators` spell them, so that equal ones are equal texts. Not portable: what rests on them is
-- computed here, and only compared elsewhere.

-- An address as hex digits of one length (`4:c6336407`, `6:2001…`), so that a network is what some texts begin with; NULL = none.
CREATE OR REPLACE TEMP MACRO ti_ip4(t) AS
  CASE WHEN regexp_full_match(t, '\d{1,3}(\.\d{1,3}){3}')
       THEN list_transform([list_transform(str_split(t, '.'), lambda p: p::INTEGER)],
              lambda p: CASE WHEN greatest(p[1], p[2], p[3], p[4]) < 256 THEN printf('%02x%02x%02x%02x', p[1], p[2], p[3], p[4]) END)[1] END;
CREATE OR REPLACE TEMP MACRO ti_groups(t) AS CASE WHEN t = '' THEN []::VARCHAR[] ELSE list_transform(str_split(t, ':'), lambda g: lpad(g, 4, '0')) END;
CREATE OR REPLACE TEMP MACRO ti_ip6(t) AS
  CASE WHEN regexp_full_match(t, '[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,8}') AND NOT contains(t, ':::')
       THEN list_transform([[ti_groups(split_part(t, '::', 1)), ti_groups(split_part(t, '::', 2)), CASE WHEN contains(t, '::') THEN ['::'] END]],
              lambda h: CASE WHEN h[3] IS NULL AND len(h[1]) = 8 THEN array_to_string(h[1], '')
                             WHEN h[3] IS NOT NULL AND len(h[1]) + len(h[2]) < 8 AND NOT contains(substr(t, instr(t, '::') + 2), '::')
                             THEN array_to_string(h[1], '') || repeat('0000', 8 - len(h[1]) - len(h[2])) || array_to_string(h[2], '') END)[1] END;
-- An IPv4 address within an IPv6 one (::ffff:192.0.2.1) is the IPv4 address.
CREATE OR REPLACE TEMP MACRO ti_ip(t) AS
  CASE WHEN contains(t, ':') THEN
         CASE WHEN contains(t, '.') THEN '4:' || ti_ip4(regexp_extract(t, '^::ffff:([0-9.]+)$', 1))
              WHEN starts_with(t, '::ffff:') AND length(ti_ip6(t)) = 32 THEN '4:' || right(ti_ip6(t), 8)
              ELSE '6:' || ti_ip6(t) END
       ELSE '4:' || ti_ip4(t) END;
-- A network of so many BITS as what its addresses begin with: up to eight texts, since a hex digit is four bits.
CREATE OR REPLACE TEMP MACRO ti_digit(key, bits) AS instr('0123456789abcdef', substr(key, 3 + bits // 4, 1)) - 1;
CREATE OR REPLACE TEMP MACRO ti_network(key, bits) AS
  CASE WHEN bits % 4 = 0 THEN [left(key, 2 + bits // 4)]
       ELSE list_transform(range((1 << (4 - bits % 4))::BIGINT),
              lambda i: left(key, 2 + bits // 4) || printf('%x', ti_digit(key, bits) - ti_digit(key, bits) % (1 << (4 - bits % 4)) + i)) END;

CREATE OR REPLACE TEMP MACRO ti_domain(t) AS
  list_transform([rtrim(lower(trim(t)), '.')], lambda d: CASE WHEN regexp_full_match(d, '([^\s./:@\\]+\.)+[^\s./:@\\]*[^\s./:@\\0-9][^\s./:@\\]*') THEN d END)[1];
-- Without scheme, fragment, the usual port and a last slash.
CREATE OR REPLACE TEMP MACRO ti_url(t) AS
  rtrim(regexp_replace(regexp_replace(regexp_replace(lower(trim(t)), '#.*$', ''), '^[a-z][a-z0-9+.-]*://([^/@]*@)?', ''), '^([^/]+):(80|443)(/|$)', '\1\3'), '/');
-- The host of what looks like an address on the web.
CREATE OR REPLACE TEMP MACRO ti_host(t) AS
  regexp_extract(lower(t), '^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@?#\s]*@)?(\[[0-9a-f:]+\]|[^/:?#\s\\]+\.[^/:?#\s\\]+)(?::\d+)?(?:[/?#]|$)', 1);
CREATE OR REPLACE TEMP MACRO ti_suffixes(d) AS
  list_transform([str_split(d, '.')], lambda p: list_transform(range(1, len(p)), lambda i: array_to_string(p[i:], '.')))[1];
