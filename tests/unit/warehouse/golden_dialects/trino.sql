-- create a pointer
CREATE OR REPLACE VIEW "shop"."gold"."orders" AS SELECT * FROM "shop"."rewind_r2_gold"."orders";
-- re-point
CREATE OR REPLACE VIEW "shop"."gold"."orders" AS SELECT * FROM "shop"."rewind_r2_gold"."orders";
-- drop a pointer
DROP VIEW "shop"."gold"."orders";
-- comment a table
COMMENT ON TABLE "shop"."gold"."orders" IS 'it''s 100 % \ $x';
-- comment a view
COMMENT ON VIEW "shop"."gold"."orders" IS 'it''s 100 % \ $x';
-- comment a column
COMMENT ON COLUMN "shop"."rewind_r2_gold"."orders"."id" IS 'it''s 100 % \ $x';
-- copy a table, 1
CREATE TABLE "shop"."rewind_r2_gold"."orders" AS SELECT * FROM "shop"."gold"."orders";
-- rename a table
ALTER TABLE "shop"."gold"."orders" RENAME TO "shop"."gold"."orders__r1";
-- rename a view
ALTER VIEW "shop"."gold"."orders" RENAME TO "shop"."gold"."orders__r1";
-- make a schema
CREATE SCHEMA IF NOT EXISTS "shop"."gold";
-- drop a schema
DROP SCHEMA "shop"."rewind_r2_gold" RESTRICT;
-- count rows
SELECT count(*) FROM "shop"."rewind_r2_gold"."orders";
-- fingerprint
SELECT count(*), CAST(sum(CAST(from_big_endian_64(xxhash64(to_utf8(json_format(CAST(ROW("id", "label") AS JSON))))) AS DECIMAL(38, 0))) AS varchar), CAST(sum(CAST(from_big_endian_64(xxhash64(to_utf8('again' || json_format(CAST(ROW("id", "label") AS JSON))))) AS DECIMAL(38, 0))) AS varchar), count("id"), count("label"), CAST(sum("id") AS varchar) FROM "shop"."rewind_r2_gold"."orders";
-- duplicates
SELECT count(*) FROM (SELECT "id", "label" FROM "shop"."rewind_r2_gold"."orders" WHERE "id" IS NOT NULL AND "label" IS NOT NULL GROUP BY "id", "label" HAVING count(*) > 1) AS d;
-- a user's query
SELECT * FROM (
SELECT 1 AS one
) AS answer LIMIT 5;
-- make the ledger
CREATE SCHEMA IF NOT EXISTS "shop"."rewind";
-- make the ledger
CREATE TABLE IF NOT EXISTS "shop"."rewind"."event" ("environment" varchar NOT NULL, "sequence" bigint NOT NULL, "at" varchar NOT NULL, "kind" varchar NOT NULL, "version" integer NOT NULL, "payload" varchar NOT NULL, "previous_hash" varchar NOT NULL, "hash" varchar NOT NULL);
-- make the ledger
CREATE TABLE IF NOT EXISTS "shop"."rewind"."artifact" ("digest" varchar NOT NULL, "part" integer NOT NULL, "parts" integer NOT NULL, "content" varchar NOT NULL);
-- make the ledger
CREATE TABLE IF NOT EXISTS "shop"."rewind"."lease" ("environment" varchar NOT NULL, "person" varchar NOT NULL, "host" varchar NOT NULL, "pid" bigint NOT NULL, "started" varchar NOT NULL, "operation" varchar NOT NULL, "fence" bigint NOT NULL, "acquired_at" varchar NOT NULL, "expires_at" varchar NOT NULL, "held" boolean NOT NULL, "writes" bigint NOT NULL);
-- make the ledger
CREATE TABLE IF NOT EXISTS "shop"."rewind"."ledger" ("only_row" boolean NOT NULL, "version" integer NOT NULL);
-- make the ledger
CREATE TABLE IF NOT EXISTS "shop"."rewind"."journal" ("environment" varchar NOT NULL, "hash" varchar NOT NULL, "content" varchar NOT NULL);
-- append an event
INSERT INTO "shop"."rewind"."event" ("environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash") SELECT "environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash" FROM (SELECT 'prod' AS "environment", 1 AS "sequence", '2026' AS "at", 'started' AS "kind", 1 AS "version", '{"a": "it''s"}' AS "payload", '0' AS "previous_hash", '1' AS "hash") AS one WHERE NOT EXISTS (SELECT 1 FROM "shop"."rewind"."event" AS t WHERE t."environment" = 'prod' AND t."sequence" >= 1);
-- insert an event
INSERT INTO "shop"."rewind"."event" ("environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash") VALUES ('prod', 1, '2026', 'started', 1, '{"a": "it''s"}', '0', '1');
-- events
SELECT "environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash" FROM "shop"."rewind"."event" WHERE "environment" = 'prod' AND "sequence" > 3 ORDER BY "sequence";
-- the last event
SELECT "sequence", "hash" FROM "shop"."rewind"."event" WHERE "environment" = 'prod' ORDER BY "sequence" DESC LIMIT 1;
-- take the lease
UPDATE "shop"."rewind"."lease" SET "person" = 'ada', "host" = 'host', "pid" = 1, "started" = 's', "operation" = 'deploy', "fence" = 2, "acquired_at" = 'a', "expires_at" = 'e', "held" = true, "writes" = "writes" + 1 WHERE "environment" = 'prod' AND "fence" = 1 AND "held" = false;
-- the first lease
INSERT INTO "shop"."rewind"."lease" ("person", "host", "pid", "started", "operation", "fence", "acquired_at", "expires_at", "held", "writes", "environment") SELECT "person", "host", "pid", "started", "operation", "fence", "acquired_at", "expires_at", "held", "writes", "environment" FROM (SELECT 'ada' AS "person", 'host' AS "host", 1 AS "pid", 's' AS "started", 'deploy' AS "operation", 2 AS "fence", 'a' AS "acquired_at", 'e' AS "expires_at", true AS "held", 1 AS "writes", 'prod' AS "environment") AS one WHERE NOT EXISTS (SELECT 1 FROM "shop"."rewind"."lease" AS t WHERE t."environment" = 'prod');
-- hold the lease
UPDATE "shop"."rewind"."lease" SET "writes" = "writes" + 1 WHERE "environment" = 'prod' AND "fence" = 2 AND "held";
-- prolong the lease
UPDATE "shop"."rewind"."lease" SET "expires_at" = 'e', "writes" = "writes" + 1 WHERE "environment" = 'prod' AND "fence" = 2 AND "held";
-- free the lease
UPDATE "shop"."rewind"."lease" SET "held" = false, "writes" = "writes" + 1 WHERE "environment" = 'prod' AND "fence" = 2 AND "held";
-- known artifacts
SELECT DISTINCT "digest" FROM "shop"."rewind"."artifact" WHERE "digest" IN ('a', 'b');
-- forget artifacts
DELETE FROM "shop"."rewind"."artifact" WHERE "digest" IN ('a', 'b');
-- others' payloads
SELECT "payload" FROM "shop"."rewind"."event" WHERE "environment" <> 'prod';
-- raise the version
UPDATE "shop"."rewind"."ledger" SET "version" = 2 WHERE "version" = 1;
-- environments
SELECT DISTINCT "environment" FROM "shop"."rewind"."event";
-- environments
SELECT DISTINCT "environment" FROM "shop"."rewind"."lease" WHERE "held";
-- write the journal
INSERT INTO "shop"."rewind"."journal" ("environment", "hash", "content") VALUES ('prod', '1', '{}');
-- remove the ledger
DROP TABLE IF EXISTS "shop"."rewind"."ledger";
-- relations
SELECT table_schema, table_name, table_type FROM "shop".information_schema.tables WHERE table_schema IN ('gold');
-- columns
SELECT table_schema, table_name, column_name, data_type FROM "shop".information_schema.columns WHERE table_schema IN ('gold') ORDER BY table_schema, table_name, ordinal_position;
-- views
SELECT table_schema, table_name, view_definition FROM "shop".information_schema.views WHERE table_schema IN ('gold');
-- comments
SELECT schema_name, table_name, NULL, comment FROM system.metadata.table_comments WHERE catalog_name = 'shop' AND schema_name IN ('gold');
