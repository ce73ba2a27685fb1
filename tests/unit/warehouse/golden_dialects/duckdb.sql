-- create a pointer
CREATE OR REPLACE VIEW "shop"."gold"."Orders" AS SELECT * FROM "shop"."rewind_r2_gold"."Orders";
-- re-point
CREATE OR REPLACE VIEW "shop"."gold"."Orders" AS SELECT * FROM "shop"."rewind_r2_gold"."Orders";
-- drop a pointer
DROP VIEW "shop"."gold"."Orders";
-- comment a table
COMMENT ON TABLE "shop"."gold"."Orders" IS 'it''s 100 % \ $x';
-- comment a view
COMMENT ON VIEW "shop"."gold"."Orders" IS 'it''s 100 % \ $x';
-- comment a column
COMMENT ON COLUMN "shop"."rewind_r2_gold"."Orders"."id" IS 'it''s 100 % \ $x';
-- copy a table, 1
CREATE TABLE "shop"."rewind_r2_gold"."Orders" AS SELECT * FROM "shop"."gold"."Orders";
-- rename a table
ALTER TABLE "shop"."gold"."Orders" RENAME TO "Orders__r1";
-- rename a view
ALTER VIEW "shop"."gold"."Orders" RENAME TO "Orders__r1";
-- make a schema
CREATE SCHEMA IF NOT EXISTS "shop"."gold";
-- drop a schema
DROP SCHEMA "shop"."rewind_r2_gold";
-- count rows
SELECT count(*) FROM "shop"."rewind_r2_gold"."Orders";
-- fingerprint
SELECT count(*), CAST(sum(CAST(hash("id", "Label") AS HUGEINT)) AS VARCHAR), CAST(sum(CAST(hash("id", "Label", 'again') AS HUGEINT)) AS VARCHAR), count("id"), count("Label"), CAST(sum("id") AS VARCHAR) FROM "shop"."rewind_r2_gold"."Orders";
-- duplicates
SELECT count(*) FROM (SELECT "id", "Label" FROM "shop"."rewind_r2_gold"."Orders" WHERE "id" IS NOT NULL AND "Label" IS NOT NULL GROUP BY "id", "Label" HAVING count(*) > 1) AS d;
-- a user's query
SELECT * FROM (
SELECT 1 AS one
) AS answer LIMIT 5;
-- make the ledger
CREATE SCHEMA IF NOT EXISTS "shop"."rewind";
-- make the ledger
CREATE TABLE IF NOT EXISTS "shop"."rewind"."event" ("environment" VARCHAR NOT NULL, "sequence" BIGINT NOT NULL, "at" VARCHAR NOT NULL, "kind" VARCHAR NOT NULL, "version" INTEGER NOT NULL, "payload" VARCHAR NOT NULL, "previous_hash" VARCHAR NOT NULL, "hash" VARCHAR NOT NULL, PRIMARY KEY ("environment", "sequence"), UNIQUE ("environment", "previous_hash"));
-- make the ledger
CREATE TABLE IF NOT EXISTS "shop"."rewind"."artifact" ("digest" VARCHAR NOT NULL, "content" BLOB NOT NULL, PRIMARY KEY ("digest"));
-- make the ledger
CREATE TABLE IF NOT EXISTS "shop"."rewind"."lease" ("environment" VARCHAR NOT NULL, "person" VARCHAR NOT NULL, "host" VARCHAR NOT NULL, "pid" BIGINT NOT NULL, "started" VARCHAR NOT NULL, "operation" VARCHAR NOT NULL, "fence" BIGINT NOT NULL, "acquired_at" VARCHAR NOT NULL, "expires_at" VARCHAR NOT NULL, "held" BOOLEAN NOT NULL, "writes" BIGINT NOT NULL, PRIMARY KEY ("environment"));
-- make the ledger
CREATE TABLE IF NOT EXISTS "shop"."rewind"."ledger" ("only_row" BOOLEAN NOT NULL, "version" INTEGER NOT NULL, PRIMARY KEY ("only_row"));
-- append an event
INSERT INTO "shop"."rewind"."event" ("environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash") SELECT "environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash" FROM (SELECT ? AS "environment", ? AS "sequence", ? AS "at", ? AS "kind", ? AS "version", ? AS "payload", ? AS "previous_hash", ? AS "hash") AS one WHERE NOT EXISTS (SELECT 1 FROM "shop"."rewind"."event" AS t WHERE t."environment" = ? AND t."sequence" >= ?);
-- insert an event
INSERT INTO "shop"."rewind"."event" ("environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash") VALUES (?, ?, ?, ?, ?, ?, ?, ?);
-- events
SELECT "environment", "sequence", "at", "kind", "version", "payload", "previous_hash", "hash" FROM "shop"."rewind"."event" WHERE "environment" = ? AND "sequence" > ? ORDER BY "sequence";
-- the last event
SELECT "sequence", "hash" FROM "shop"."rewind"."event" WHERE "environment" = ? ORDER BY "sequence" DESC LIMIT 1;
-- take the lease
UPDATE "shop"."rewind"."lease" SET "person" = ?, "host" = ?, "pid" = ?, "started" = ?, "operation" = ?, "fence" = ?, "acquired_at" = ?, "expires_at" = ?, "held" = ?, "writes" = "writes" + 1 WHERE "environment" = ? AND "fence" = ? AND "held" = ?;
-- the first lease
INSERT INTO "shop"."rewind"."lease" ("person", "host", "pid", "started", "operation", "fence", "acquired_at", "expires_at", "held", "writes", "environment") SELECT "person", "host", "pid", "started", "operation", "fence", "acquired_at", "expires_at", "held", "writes", "environment" FROM (SELECT ? AS "person", ? AS "host", ? AS "pid", ? AS "started", ? AS "operation", ? AS "fence", ? AS "acquired_at", ? AS "expires_at", ? AS "held", ? AS "writes", ? AS "environment") AS one WHERE NOT EXISTS (SELECT 1 FROM "shop"."rewind"."lease" AS t WHERE t."environment" = ?);
-- hold the lease
UPDATE "shop"."rewind"."lease" SET "writes" = "writes" + 1 WHERE "environment" = ? AND "fence" = ? AND "held";
-- prolong the lease
UPDATE "shop"."rewind"."lease" SET "expires_at" = ?, "writes" = "writes" + 1 WHERE "environment" = ? AND "fence" = ? AND "held";
-- free the lease
UPDATE "shop"."rewind"."lease" SET "held" = false, "writes" = "writes" + 1 WHERE "environment" = ? AND "fence" = ? AND "held";
-- known artifacts
SELECT DISTINCT "digest" FROM "shop"."rewind"."artifact" WHERE "digest" IN (?, ?);
-- forget artifacts
DELETE FROM "shop"."rewind"."artifact" WHERE "digest" IN (?, ?);
-- others' payloads
SELECT "payload" FROM "shop"."rewind"."event" WHERE "environment" <> ?;
-- raise the version
UPDATE "shop"."rewind"."ledger" SET "version" = ? WHERE "version" = ?;
-- environments
SELECT DISTINCT "environment" FROM "shop"."rewind"."event";
-- environments
SELECT DISTINCT "environment" FROM "shop"."rewind"."lease" WHERE "held";
-- remove the ledger
DROP TABLE IF EXISTS "shop"."rewind"."ledger";
-- relations
SELECT schema_name, view_name, 'VIEW' FROM duckdb_views() WHERE translate(database_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = 'shop' AND translate(schema_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') IN ('gold') UNION ALL SELECT schema_name, table_name, 'TABLE' FROM duckdb_tables() WHERE translate(database_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = 'shop' AND translate(schema_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') IN ('gold');
-- columns
SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE translate(database_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = 'shop' AND translate(schema_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') IN ('gold') ORDER BY schema_name, table_name, column_index;
-- views
SELECT schema_name, view_name, sql FROM duckdb_views() WHERE translate(database_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = 'shop' AND translate(schema_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') IN ('gold');
-- comments
SELECT schema_name, view_name, NULL, comment FROM duckdb_views() WHERE translate(database_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = 'shop' AND translate(schema_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') IN ('gold') UNION ALL SELECT schema_name, table_name, NULL, comment FROM duckdb_tables() WHERE translate(database_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = 'shop' AND translate(schema_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') IN ('gold') UNION ALL SELECT schema_name, table_name, column_name, comment FROM duckdb_columns() WHERE translate(database_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = 'shop' AND translate(schema_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') IN ('gold');
-- referred
SELECT schema_name, referenced_table, schema_name, table_name FROM duckdb_constraints() WHERE translate(database_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') = 'shop' AND translate(schema_name, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz') IN ('gold') AND constraint_type = 'FOREIGN KEY' AND table_name <> referenced_table;
