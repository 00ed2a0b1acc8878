-- What the detections of a slice give, and which have run.
CREATE OR REPLACE TEMP TABLE ran (detection VARCHAR, of_source BOOLEAN);
CREATE OR REPLACE TEMP TABLE raised (
  ordinal BIGINT, detection VARCHAR, severity VARCHAR, group_key VARCHAR, facts VARCHAR, evidence VARCHAR[]);
