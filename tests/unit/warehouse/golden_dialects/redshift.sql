-- create a pointer
CREATE OR REPLACE VIEW "gold"."orders" AS SELECT * FROM "rewind_r2_gold"."orders";
-- re-point
CREATE OR REPLACE VIEW "gold"."orders" AS SELECT * FROM "rewind_r2_gold"."orders";
-- drop a pointer
DROP VIEW "gold"."orders";
-- comment a table
COMMENT ON TABLE "gold"."orders" IS 'it''s 100 % \ $x';
-- comment a view
COMMENT ON VIEW "gold"."orders" IS 'it''s 100 % \ $x';
-- comment a column
COMMENT ON COLUMN "rewind_r2_gold"."orders"."id" IS 'it''s 100 % \ $x';
-- copy a table, 1
CREATE TABLE "rewind_r2_gold"."orders" (LIKE "gold"."orders" INCLUDING DEFAULTS);
-- copy a table, 2
INSERT INTO "rewind_r2_gold"."orders" ("id", "label") SELECT "id", "label" FROM "gold"."orders";
-- rename a table
ALTER TABLE "gold"."orders" RENAME TO "orders__r1";
-- rename a view
ALTER TABLE "gold"."orders" RENAME TO "orders__r1";
-- make a schema
CREATE SCHEMA IF NOT EXISTS "gold";
-- drop a schema
DROP SCHEMA "rewind_r2_gold" RESTRICT;
-- count rows
SELECT count(*) FROM "rewind_r2_gold"."orders";
-- fingerprint
SELECT count(*), CAST(sum(CAST(STRTOL(SUBSTRING(MD5(coalesce(length(CAST("id" AS VARCHAR(65535))) || ':' || CAST("id" AS VARCHAR(65535)), '-') || coalesce(length(CAST("label" AS VARCHAR(65535))) || ':' || CAST("label" AS VARCHAR(65535)), '-')), 1, 15), 16) AS DECIMAL(38, 0))) AS VARCHAR(65535)), CAST(sum(CAST(STRTOL(SUBSTRING(MD5(coalesce(length(CAST("id" AS VARCHAR(65535))) || ':' || CAST("id" AS VARCHAR(65535)), '-') || coalesce(length(CAST("label" AS VARCHAR(65535))) || ':' || CAST("label" AS VARCHAR(65535)), '-')), 16, 15), 16) AS DECIMAL(38, 0))) AS VARCHAR(65535)), count("id"), count("label"), CAST(sum("id") AS VARCHAR(65535)) FROM "rewind_r2_gold"."orders";
-- duplicates
SELECT count(*) FROM (SELECT "id", "label" FROM "rewind_r2_gold"."orders" WHERE "id" IS NOT NULL AND "label" IS NOT NULL GROUP BY "id", "label" HAVING count(*) > 1) AS d;
-- a user's query
SELECT * FROM (
SELECT 1 AS one
) AS answer LIMIT 5;
-- make the ledger
CREATE SCHEMA IF NOT EXISTS "rewind";
-- make the ledger
CREATE TABLE IF NOT EXISTS "rewind"."event" ("environment" VARCHAR(65535) NOT NULL, "sequence" BIGINT NOT NULL, "at" VARCHAR(65535) NOT NULL, "kind" VARCHAR(65535) NOT NULL, "version" INTEGER NOT NULL, "payload" VARCHAR(65535) NOT NULL, "previous_hash" VARCHAR(65535) NOT NULL, "hash" VARCHAR(65535) NOT NULL);
-- make the ledger
CREATE TABLE IF NOT EXISTS "rewind"."artifact" ("digest" VARCHAR(65535) NOT NULL, "part" INTEGER NOT NULL, "parts" INTEGER NOT NULL, "content" VARCHAR(65535) NOT NULL);
-- make the ledger
CREATE TABLE IF NOT EXISTS "rewind"."lease" ("environment" VARCHAR(65535) NOT NULL, "person" VARCHAR(65535) NOT NULL, "host" VARCHAR(65535) NOT NULL, "pid" BIGINT NOT NULL, "started" VARCHAR(65535) NOT NULL, "operation" VARCHAR(65535) NOT NULL, "fence" BIGINT NOT NULL, "acquired_at" VARCHAR(65535) NOT NULL, "expires_at" VARCHAR(65535) NOT NULL, "held" BOOLEAN NOT NULL, "writes" BIGINT NOT NULL);
-- make the ledger
CREATE TABLE IF NOT EXISTS "rewind"."ledger" ("only_row" BOOLEAN NOT NULL, "version" INTEGER NOT NULL);
-- append an event
INSERT INTO "rewind"."event" ("environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash") SELECT "environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash" FROM (SELECT %s AS "environment", %s AS "sequence", %s AS "at", %s AS "kind", %s AS "version", %s AS "payload", %s AS "previous_hash", %s AS "hash") AS one WHERE NOT EXISTS (SELECT 1 FROM "rewind"."event" AS t WHERE t."environment" = %s AND t."sequence" >= %s);
-- insert an event
INSERT INTO "rewind"."event" ("environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash") VALUES (%s, %s, %s, %s, %s, %s, %s, %s);
-- events
SELECT "environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash" FROM "rewind"."event" WHERE "environment" = %s AND "sequence" > %s ORDER BY "sequence";
-- the last event
SELECT "sequence", "hash" FROM "rewind"."event" WHERE "environment" = %s ORDER BY "sequence" DESC LIMIT 1;
-- take the lease
UPDATE "rewind"."lease" SET "person" = %s, "host" = %s, "pid" = %s, "started" = %s, "operation" = %s, "fence" = %s, "acquired_at" = %s, "expires_at" = %s, "held" = %s, "writes" = "writes" + 1 WHERE "environment" = %s AND "fence" = %s AND "held" = %s;
-- the first lease
INSERT INTO "rewind"."lease" ("person", "host", "pid", "started", "operation", "fence", "acquired_at", "expires_at", "held", "writes", "environment") SELECT "person", "host", "pid", "started", "operation", "fence", "acquired_at", "expires_at", "held", "writes", "environment" FROM (SELECT %s AS "person", %s AS "host", %s AS "pid", %s AS "started", %s AS "operation", %s AS "fence", %s AS "acquired_at", %s AS "expires_at", %s AS "held", %s AS "writes", %s AS "environment") AS one WHERE NOT EXISTS (SELECT 1 FROM "rewind"."lease" AS t WHERE t."environment" = %s);
-- hold the lease
UPDATE "rewind"."lease" SET "writes" = "writes" + 1 WHERE "environment" = %s AND "fence" = %s AND "held";
-- prolong the lease
UPDATE "rewind"."lease" SET "expires_at" = %s, "writes" = "writes" + 1 WHERE "environment" = %s AND "fence" = %s AND "held";
-- free the lease
UPDATE "rewind"."lease" SET "held" = false, "writes" = "writes" + 1 WHERE "environment" = %s AND "fence" = %s AND "held";
-- known artifacts
SELECT DISTINCT "digest" FROM "rewind"."artifact" WHERE "digest" IN (%s, %s);
-- forget artifacts
DELETE FROM "rewind"."artifact" WHERE "digest" IN (%s, %s);
-- others' payloads
SELECT "payload" FROM "rewind"."event" WHERE "environment" <> %s;
-- raise the version
UPDATE "rewind"."ledger" SET "version" = %s WHERE "version" = %s;
-- environments
SELECT DISTINCT "environment" FROM "rewind"."event";
-- environments
SELECT DISTINCT "environment" FROM "rewind"."lease" WHERE "held";
-- remove the ledger
DROP TABLE IF EXISTS "rewind"."ledger";
-- relations
SELECT n.nspname, c.relname, CASE WHEN c.relkind = 'v' THEN 'VIEW' ELSE 'TABLE' END FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'v') AND n.nspname IN ('gold');
-- columns
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname IN ('gold') ORDER BY 1, 2, a.attnum;
-- views
SELECT schemaname, viewname, definition FROM pg_catalog.pg_views WHERE schemaname IN ('gold');
-- comments
SELECT n.nspname, c.relname, a.attname, d.description FROM pg_catalog.pg_description d JOIN pg_catalog.pg_class c ON c.oid = d.objoid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0 WHERE n.nspname IN ('gold');
-- sizes
SELECT "schema", "table", size * 1048576 FROM svv_table_info WHERE "schema" IN ('gold');
