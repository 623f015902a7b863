-- Every type of PostgreSQL with its extreme values, in tables by groups. What of it has to stand in BigQuery is in
-- everyType.postgres.expected.ts. Made for `psql`, PostgreSQL 15 and later. The first column tells a table's rows apart.
\set ON_ERROR_STOP on
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET timezone = 'UTC';

DROP DATABASE IF EXISTS every_type;
CREATE DATABASE every_type ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0;
\connect every_type
SET timezone = 'UTC';

CREATE TABLE integers (id int PRIMARY KEY, small smallint, whole integer, big bigint, numbered serial, small_numbered smallserial, big_numbered bigserial);
INSERT INTO integers (id, small, whole, big, numbered, small_numbered, big_numbered) VALUES
  (1, -32768, -2147483648, -9223372036854775808, 1, 1, 1),
  (2, 32767, 2147483647, 9223372036854775807, 2147483647, 32767, 9223372036854775807),
  (3, 0, 0, 0, 0, 0, 0);
INSERT INTO integers VALUES (4, NULL, NULL, NULL, 4, 4, 4);

CREATE TABLE numbers (
  id int PRIMARY KEY,
  n5_2 numeric(5,2), n38_9 numeric(38,9), n38_10 numeric(38,10), n76_38 numeric(76,38), n100_0 numeric(100,0),
  below_point numeric(2,5), above_point numeric(3,-2), free numeric, dec_free decimal, price money
);
INSERT INTO numbers VALUES
  (1, -999.99, '-99999999999999999999999999999.999999999', '-9999999999999999999999999999.9999999999',
   ('-' || repeat('9', 38) || '.' || repeat('9', 38))::numeric, ('-' || repeat('9', 100))::numeric,
   -0.00099, -99900, '-12345678901234567890.123456789', '-0.10', '-92233720368547758.08'),
  (2, 999.99, '99999999999999999999999999999.999999999', '9999999999999999999999999999.9999999999',
   (repeat('9', 38) || '.' || repeat('9', 38))::numeric, repeat('9', 100)::numeric,
   0.00099, 99900, repeat('9', 39)::numeric, ('1' || repeat('0', 1000))::numeric, '92233720368547758.07'),
  (3, 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'Infinity', '0'),
  (4, 1.5, 0, 0, 0, 0, 0, 100, '-Infinity', '1.50', '1234.5'),
  (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE floats (id int PRIMARY KEY, single real, twofold double precision);
INSERT INTO floats VALUES
  (1, 0.1, 0.1), (2, '3.4028235e38', '1.7976931348623157e308'), (3, '1e-45', '5e-324'),
  (4, 'NaN', 'NaN'), (5, 'Infinity', 'Infinity'), (6, '-Infinity', '-Infinity'), (7, '-0', '-0'),
  (8, 16777217, 9007199254740993), (9, NULL, NULL);

CREATE TABLE truths (id int PRIMARY KEY, truth boolean);
INSERT INTO truths VALUES (1, true), (2, false), (3, NULL);

CREATE TABLE texts (id int PRIMARY KEY, fixed char(5), limited varchar(40), free text, a_name name, one "char");
INSERT INTO texts VALUES
  (1, '', '', '', '', ''),
  (2, '😀𠮷', '😀𠮷', '😀𠮷', '😀𠮷', 'x'),
  (3, 'ab', ' ab  ', ' ab  ', ' ab  ', 'y'),
  (4, '''"`', 'it''s "q"`', 'it''s "q"`', 'it''s "q"`', '"'),
  (5, E'a\r\nb', E'a\r\nb\tc,\nd', E'a\r\nb\tc,\nd', E'a\nb', E'\n'),
  (6, '\N', '\N', E'\\.\n\\.', '\', '\'),
  (7, 'NULL', 'NULL', 'NULL', 'null', 'N'),
  (8, E'\x01', E'\x1f', repeat('é', 100000), 'a', 'a'),
  (9, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE bytes (id int PRIMARY KEY, free bytea);
INSERT INTO bytes VALUES
  (1, ''), (2, (SELECT decode(string_agg(lpad(to_hex(byte), 2, '0'), '' ORDER BY byte), 'hex') FROM generate_series(0, 255) AS byte)),
  (3, '\x5c4e'), (4, '\x5c78303041'), (5, NULL);

CREATE TABLE dates (id int PRIMARY KEY, a_day date);
INSERT INTO dates VALUES
  (1, 'infinity'), (2, '-infinity'), (3, '0044-03-15 BC'), (4, '0001-01-01'), (5, '9999-12-31'), (6, '10000-01-01'),
  (7, '5874897-12-31'), (8, '2020-02-29'), (9, NULL);

CREATE TABLE times (id int PRIMARY KEY, t time, t3 time(3), tz timetz);
INSERT INTO times VALUES
  (1, '00:00:00', '00:00:00', '00:00:00+00'),
  (2, '24:00:00', '24:00:00', '24:00:00-15:59'),
  (3, '23:59:59.999999', '23:59:59.999', '23:59:59.999999+09'),
  (4, '12:34:56.5', '12:34:56', '12:34:56+05:30'),
  (5, NULL, NULL, NULL);

CREATE TABLE moments (id int PRIMARY KEY, t timestamp, t0 timestamp(0), tz timestamptz, tz3 timestamptz(3));
INSERT INTO moments VALUES
  (1, 'infinity', 'infinity', 'infinity', 'infinity'),
  (2, '-infinity', '-infinity', '-infinity', '-infinity'),
  (3, '0044-03-15 12:00:00 BC', '4713-11-24 00:00:00 BC', '0044-03-15 12:00:00+00 BC', '0044-03-15 12:00:00+00 BC'),
  (4, '0001-01-01 00:00:00', '0001-01-01 00:00:00', '0001-01-01 00:00:00+00', '0001-01-01 00:00:00+00'),
  (5, '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59', '9999-12-31 23:59:59.999999+00', '9999-12-31 23:59:59.999+00'),
  (6, '10000-01-01 00:00:00', '294276-12-31 23:59:59', '10000-01-01 00:00:00+00', '294276-12-31 23:59:59+00'),
  (7, '2020-02-29 12:34:56.12', '2020-02-29 12:34:56', '2020-02-29 12:34:56.12+09', '2020-02-29 12:34:56.123+05:30'),
  (8, NULL, NULL, NULL, NULL);

CREATE TABLE intervals (id int PRIMARY KEY, span interval, days_only interval day);
INSERT INTO intervals VALUES
  (1, '1 year 2 months 3 days 04:05:06.789', '3 days'),
  (2, '-1 year -2 months 3 days -04:05:06', '-1 days'),
  (3, '0', '0'),
  (4, '178000000 years', '100 days'),
  (5, NULL, NULL);

CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"', '😀', '');
CREATE TYPE place AS (street text, number int);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN short_day AS date;
CREATE EXTENSION hstore;

CREATE TABLE documents (id int PRIMARY KEY, document json, kept jsonb, an_id uuid, markup xml);
INSERT INTO documents VALUES
  (1, '{"b":1,  "a": [true, null, "😀"], "b": 2}', '{"b":1,  "a": [true, null, "😀"], "b": 2}', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '<a href="x">é</a>'),
  (2, '[]', '[]', '00000000-0000-0000-0000-000000000000', 'text'),
  (3, 'null', 'null', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '<a/><b/>'),
  (4, '0.10', '0.10', NULL, NULL),
  -- More digits than a number of BigQuery's JSON has.
  (5, '{"n": 1234567890123456789012345.678}', '{"n": 1234567890123456789012345.678}', NULL, NULL),
  (6, NULL, NULL, NULL, NULL);

CREATE TABLE own_types (id int PRIMARY KEY, feeling mood, lives place, amount positive, a_day short_day, pairs hstore);
INSERT INTO own_types VALUES
  (1, 'sad', ROW('High, "Street"', 5), 1, '2020-02-29', 'a=>1, b=>NULL'),
  (2, 'it''s "ok"', ROW(NULL, NULL), 2147483647, '0044-03-15 BC', hstore('q"''', '')),
  (3, '😀', ROW('', 0), 2, 'infinity', ''),
  (4, '', NULL, NULL, NULL, NULL);

CREATE TABLE arrays (id int PRIMARY KEY, numbers_ int[], nested int[][], words text[], feelings mood[], days date[]);
INSERT INTO arrays VALUES
  (1, '{1,NULL,3}', '{{1,2},{3,4}}', ARRAY['a', NULL, 'NULL', '', 'it''s "q"', 'a,b', '\', '{}', E'x\ny', '😀'], ARRAY['sad', '😀']::mood[], '{2020-02-29,infinity}'),
  (2, '{}', '[2:3]={7,8}', '{}', '{}', '{}'),
  (3, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE ranges (id int PRIMARY KEY, whole int4range, big int8range, number numrange, day daterange, moment tsrange, moment_tz tstzrange, many int4multirange);
INSERT INTO ranges VALUES
  (1, '[1,5]', '(1,5)', '[1.5,2.50)', '[2020-01-01,2020-12-31]', '[2020-01-01 00:00,2020-01-02 00:00)', '[2020-01-01 00:00+09,)', '{[1,2],[5,7)}'),
  (2, 'empty', '(,)', '(,1]', 'empty', 'empty', 'empty', '{}'),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE networks (id int PRIMARY KEY, host inet, net cidr, mac macaddr, mac8 macaddr8);
INSERT INTO networks VALUES
  (1, '192.168.0.1/24', '10.0.0.0/8', '08:00:2B:01:02:03', '08:00:2b:01:02:03:04:05'),
  (2, '::1', '2001:db8::/32', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff'),
  (3, '10.1.2.3', '0.0.0.0/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00'),
  (4, NULL, NULL, NULL, NULL);

CREATE TABLE shapes (id int PRIMARY KEY, at point, a_line line, a_segment lseg, a_box box, a_path path, closed path, area polygon, round circle);
INSERT INTO shapes VALUES
  (1, '(1,2.5)', '{1,-1,0}', '[(0,0),(1,1)]', '(1,1),(0,0)', '[(0,0),(1,1)]', '((0,0),(1,1))', '((0,0),(1,0),(1,1))', '<(0,0),1.5>'),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE others (id int PRIMARY KEY, b1 bit, b3 bit(3), bits varbit, lsn pg_lsn, words tsvector, asked tsquery, snapshot txid_snapshot);
INSERT INTO others VALUES
  (1, B'1', B'101', B'', '16/B374D848', 'a fat cat', 'fat & !rat', '10:20:10,14'),
  (2, B'0', B'000', B'0101010101', '0/0', '', '', '1:1:'),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- Object identifiers are not exported.
CREATE TABLE identifiers (id int PRIMARY KEY, number oid, relation regclass, a_type regtype, note text);
INSERT INTO identifiers VALUES (1, 4294967295, 'integers', 'int', 'kept'), (2, NULL, NULL, NULL, NULL);
CREATE TABLE only_identifiers (number oid, relation regclass);
INSERT INTO only_identifiers VALUES (1, 'integers');

CREATE TABLE computed (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, doubled int GENERATED ALWAYS AS (a * 2) STORED, numbered bigint GENERATED BY DEFAULT AS IDENTITY);
INSERT INTO computed (a) VALUES (10), (NULL);

CREATE TABLE parted (id int NOT NULL, region text NOT NULL, note text) PARTITION BY LIST (region);
CREATE TABLE parted_east PARTITION OF parted FOR VALUES IN ('east');
CREATE TABLE parted_west PARTITION OF parted FOR VALUES IN ('west') PARTITION BY RANGE (id);
CREATE TABLE parted_west_below_10 PARTITION OF parted_west FOR VALUES FROM (MINVALUE) TO (10);
CREATE TABLE parted_west_others PARTITION OF parted_west DEFAULT;
INSERT INTO parted VALUES (1, 'east', 'a'), (2, 'west', 'b'), (20, 'west', NULL);

CREATE TABLE parents (id int PRIMARY KEY, note text);
CREATE TABLE children (age int) INHERITS (parents);
INSERT INTO parents VALUES (1, 'parent');
INSERT INTO children VALUES (2, 'child', 3), (4, NULL, NULL);

CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY);
INSERT INTO scratch VALUES (1);

CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;

CREATE TABLE nothing_in_it (id int PRIMARY KEY, amount numeric(10,2), a_day date, document jsonb);

CREATE TABLE without_key (id int, note text);
INSERT INTO without_key VALUES (1, 'a'), (2, 'a'), (3, NULL);

CREATE TABLE text_key (code text PRIMARY KEY, note text);
INSERT INTO text_key VALUES ('', 'empty'), ('a', 'small'), ('A', 'large'), ('é', NULL);

CREATE SCHEMA "Other Schema";
CREATE TABLE "Other Schema"."Mixed Case" (id int PRIMARY KEY, "Mixed" int, "select" int);
INSERT INTO "Other Schema"."Mixed Case" VALUES (1, 2, 3), (2, NULL, NULL);

CREATE TABLE dropped_column (id int PRIMARY KEY, gone int, kept int);
INSERT INTO dropped_column VALUES (1, 2, 3), (2, NULL, NULL);
ALTER TABLE dropped_column DROP COLUMN gone;

-- Those that RDS leaves out.
CREATE TABLE "slash/ed" (id int PRIMARY KEY);
INSERT INTO "slash/ed" VALUES (1);
CREATE TABLE spaced_column (id int PRIMARY KEY, "has space" int);
INSERT INTO spaced_column VALUES (1, 2);
CREATE TABLE equals_column (id int PRIMARY KEY, "a=b" int);
INSERT INTO equals_column VALUES (1, 2);

-- No tables.
CREATE VIEW a_view AS SELECT id FROM integers;
CREATE MATERIALIZED VIEW a_kept_view AS SELECT id FROM integers;
CREATE SEQUENCE a_sequence;
