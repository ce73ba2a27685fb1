-- create a pointer
CREATE OR REPLACE VIEW "gold"."Orders" AS SELECT * FROM "rewind_r2_gold"."Orders";
-- re-point
CREATE OR REPLACE VIEW "gold"."Orders" AS SELECT * FROM "rewind_r2_gold"."Orders";
-- drop a pointer
DROP VIEW "gold"."Orders";
-- comment a table
COMMENT ON TABLE "gold"."Orders" IS 'it''s 100 % \ $x';
-- comment a view
COMMENT ON VIEW "gold"."Orders" IS 'it''s 100 % \ $x';
-- comment a column
COMMENT ON COLUMN "rewind_r2_gold"."Orders"."id" IS 'it''s 100 % \ $x';
-- copy a table, 1
CREATE TABLE "rewind_r2_gold"."Orders" (LIKE "gold"."Orders" INCLUDING ALL);
-- copy a table, 2
INSERT INTO "rewind_r2_gold"."Orders" ("id", "Label") OVERRIDING SYSTEM VALUE SELECT "id", "Label" FROM "gold"."Orders";
-- rename a table
ALTER TABLE "gold"."Orders" RENAME TO "Orders__r1";
-- rename a view
ALTER VIEW "gold"."Orders" RENAME TO "Orders__r1";
-- to another schema
ALTER TABLE "gold"."Orders__r1" SET SCHEMA "rewind_r2_gold";
-- to another schema
ALTER TABLE "rewind_r2_gold"."Orders__r1" RENAME TO "Orders";
-- make a schema
CREATE SCHEMA IF NOT EXISTS "gold";
-- drop a schema
DROP SCHEMA "rewind_r2_gold" RESTRICT;
-- count rows
SELECT count(*) FROM "rewind_r2_gold"."Orders";
-- fingerprint
SELECT count(*), CAST(sum(CAST(('x' || substr(md5(ROW("id", "Label")::text), 1, 16))::bit(64)::bigint AS DECIMAL(38, 0))) AS text), CAST(sum(CAST(('x' || substr(md5(ROW("id", "Label")::text), 17))::bit(64)::bigint AS DECIMAL(38, 0))) AS text), count("id"), count("Label"), CAST(sum("id") AS text) FROM "rewind_r2_gold"."Orders";
-- duplicates
SELECT count(*) FROM (SELECT "id", "Label" FROM "rewind_r2_gold"."Orders" WHERE "id" IS NOT NULL AND "Label" IS NOT NULL GROUP BY "id", "Label" HAVING count(*) > 1) AS d;
-- a user's query
SELECT * FROM (
SELECT 1 AS one
) AS answer LIMIT 5;
-- make the ledger
CREATE SCHEMA IF NOT EXISTS "rewind";
-- make the ledger
CREATE TABLE IF NOT EXISTS "rewind"."event" ("environment" text NOT NULL, "sequence" bigint NOT NULL, "at" text NOT NULL, "kind" text NOT NULL, "version" integer NOT NULL, "payload" text NOT NULL, "previous_hash" text NOT NULL, "hash" text NOT NULL, PRIMARY KEY ("environment", "sequence"), UNIQUE ("environment", "previous_hash"));
-- make the ledger
CREATE TABLE IF NOT EXISTS "rewind"."artifact" ("digest" text NOT NULL, "content" bytea NOT NULL, PRIMARY KEY ("digest"));
-- make the ledger
CREATE TABLE IF NOT EXISTS "rewind"."lease" ("environment" text NOT NULL, "person" text NOT NULL, "host" text NOT NULL, "pid" bigint NOT NULL, "started" text NOT NULL, "operation" text NOT NULL, "fence" bigint NOT NULL, "acquired_at" text NOT NULL, "expires_at" text NOT NULL, "held" boolean NOT NULL, "writes" bigint NOT NULL, PRIMARY KEY ("environment"));
-- make the ledger
CREATE TABLE IF NOT EXISTS "rewind"."ledger" ("only_row" boolean NOT NULL, "version" integer NOT NULL, PRIMARY KEY ("only_row"));
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
SELECT n.nspname, c.relname, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname IN ('gold');
-- columns
SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname IN ('gold') ORDER BY 1, 2, a.attnum;
-- views
SELECT schemaname, viewname, definition FROM pg_catalog.pg_views WHERE schemaname IN ('gold');
-- comments
SELECT n.nspname, c.relname, a.attname, d.description FROM pg_catalog.pg_description d JOIN pg_catalog.pg_class c ON c.oid = d.objoid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0 WHERE d.classoid = 'pg_catalog.pg_class'::regclass AND n.nspname IN ('gold');
-- sizes
SELECT n.nspname, c.relname, pg_total_relation_size(c.oid) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND n.nspname IN ('gold');
