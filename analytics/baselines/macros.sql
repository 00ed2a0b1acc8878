-- How words.sql spells numbers and names what was looked at.
CREATE OR REPLACE TEMP MACRO whole(x) AS coalesce(x, 0)::BIGINT;
CREATE OR REPLACE TEMP MACRO decimal_en(x) AS printf('%.1f', coalesce(x, 0)::DOUBLE);
CREATE OR REPLACE TEMP MACRO decimal_sv(x) AS replace(printf('%.1f', coalesce(x, 0)::DOUBLE), '.', ',');
CREATE OR REPLACE TEMP MACRO nth_sv(x) AS
  whole(x) || CASE WHEN whole(x) % 10 IN (1, 2) AND whole(x) % 100 NOT IN (11, 12) THEN ':a' ELSE ':e' END;
CREATE OR REPLACE TEMP MACRO nth_en(x) AS
  whole(x) || CASE WHEN whole(x) % 100 IN (11, 12, 13) THEN 'th' WHEN whole(x) % 10 = 1 THEN 'st' WHEN whole(x) % 10 = 2 THEN 'nd'
                   WHEN whole(x) % 10 = 3 THEN 'rd' ELSE 'th' END;
CREATE OR REPLACE TEMP MACRO aspect_words(facet, system, swedish) AS
  CASE facet
    WHEN 'thing' THEN CASE WHEN swedish THEN 'objekt' || coalesce(' i ' || system, '') ELSE 'objects' || coalesce(' in ' || system, '') END
    WHEN 'container' THEN CASE WHEN swedish THEN 'mappar, webbplatser eller register' || coalesce(' i ' || system, '')
                               ELSE 'folders, sites or registers' || coalesce(' in ' || system, '') END
    WHEN 'subject' THEN CASE WHEN swedish THEN 'berörda personer' ELSE 'persons concerned' END
    WHEN 'target' THEN CASE WHEN swedish THEN 'konton eller mottagare' ELSE 'accounts or recipients' END
    WHEN 'act' THEN CASE WHEN swedish THEN 'slag av handlingar' ELSE 'kinds of acts' END
    WHEN 'act_time' THEN CASE WHEN swedish THEN 'slag av handlingar vid denna tid' ELSE 'kinds of acts at this time' END
    WHEN 'place' THEN CASE WHEN swedish THEN 'platser' ELSE 'places' END
    WHEN 'link' THEN CASE WHEN swedish THEN 'förbindelser' ELSE 'connections' END
  END;
