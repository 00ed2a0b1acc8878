-- The numbers of a finding's risk, 0-1000: one place for what ranks (ranking.sql), lists (listed.sql) and tells it (risk.py). ranking.sql says what they
-- mean, listed.sql what decisions do. Chosen on made-up municipalities (docs/benchmark.md).

-- The odds that the detection's severity says.
CREATE OR REPLACE TEMP MACRO risk_base(severity) AS
  CAST(CASE severity WHEN 'low' THEN 0.05 WHEN 'medium' THEN 0.5 WHEN 'high' THEN 2 ELSE 10 END AS DOUBLE);

-- What a finding tells, and by which power it counts; the unit's others with a reason for the same.
CREATE OR REPLACE TEMP MACRO risk_telling(facts, about, events, explained) AS
  greatest(0.05, coalesce(try_cast(json_extract_string(facts, '$.telling') AS DOUBLE),
                          CASE WHEN about IS NULL THEN events ELSE events - 0.95 * least(explained, events) - 0.5 END));
CREATE OR REPLACE TEMP MACRO risk_colleagues(facts) AS coalesce(try_cast(json_extract_string(facts, '$.colleagues') AS DOUBLE), 0);
CREATE OR REPLACE TEMP MACRO risk_power(about) AS CASE WHEN about IS NULL THEN 0.5 ELSE 1.5 END;

-- Of the odds as a share, what the classification says of the harm: by the highest level that was touched.
CREATE OR REPLACE TEMP MACRO risk_harm(level) AS CASE level WHEN 3 THEN 1.0 WHEN 2 THEN 0.9 WHEN 1 THEN 0.7 WHEN 0 THEN 0.5 ELSE 0.8 END;

-- How many times higher decisions of other findings make the odds.
CREATE OR REPLACE TEMP MACRO risk_factor(like_justified, like_unjustified, same_justified, same_unjustified) AS
  (1 + 0.25 * like_unjustified) / (1 + 0.25 * like_justified) * (1 + 2.0 * same_unjustified) / (1 + 2.0 * same_justified);

-- RISK, 1000 x share x HARM, when the odds that stand behind the share are FACTOR times as high.
CREATE OR REPLACE TEMP MACRO risk_share(risk, harm) AS least(0.9995, risk / (1000.0 * harm));
CREATE OR REPLACE TEMP MACRO risk_moved(risk, harm, factor) AS
  CASE WHEN factor = 1 THEN risk
       ELSE CAST(round(1000 * harm * factor * risk_share(risk, harm) / (1 - risk_share(risk, harm) + factor * risk_share(risk, harm))) AS INTEGER) END;
