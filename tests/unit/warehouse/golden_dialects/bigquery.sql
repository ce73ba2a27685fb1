-- create a pointer
CREATE OR REPLACE VIEW `shop`.`gold`.`Orders` (`id` OPTIONS (description = 'the "key"\'s'), `Label`) OPTIONS (description = 'orders\' facts') AS SELECT * FROM `shop`.`rewind_r2_gold`.`Orders`;
-- re-point
CREATE OR REPLACE VIEW `shop`.`gold`.`Orders` AS SELECT * FROM `shop`.`rewind_r2_gold`.`Orders`;
-- drop a pointer
DROP VIEW `shop`.`gold`.`Orders`;
-- comment a table
ALTER TABLE `shop`.`gold`.`Orders` SET OPTIONS (description = 'it\'s 100 % \\ \u0024x');
-- comment a view
ALTER VIEW `shop`.`gold`.`Orders` SET OPTIONS (description = 'it\'s 100 % \\ \u0024x');
-- comment a column
ALTER TABLE `shop`.`rewind_r2_gold`.`Orders` ALTER COLUMN `id` SET OPTIONS (description = 'it\'s 100 % \\ \u0024x');
-- copy a table, 1
CREATE TABLE `shop`.`rewind_r2_gold`.`Orders` CLONE `shop`.`gold`.`Orders`;
-- rename a table
ALTER TABLE `shop`.`gold`.`Orders` RENAME TO `Orders__r1`;
-- make a schema
CREATE SCHEMA IF NOT EXISTS `shop`.`gold`;
-- drop a schema
DROP SCHEMA `shop`.`rewind_r2_gold` RESTRICT;
-- count rows
SELECT count(*) FROM `shop`.`rewind_r2_gold`.`Orders`;
-- fingerprint
SELECT count(*), CAST(sum(CAST(FARM_FINGERPRINT(TO_JSON_STRING(STRUCT(`id`, `Label`))) AS BIGNUMERIC)) AS STRING), CAST(sum(CAST(FARM_FINGERPRINT(CONCAT('again', TO_JSON_STRING(STRUCT(`id`, `Label`)))) AS BIGNUMERIC)) AS STRING), count(`id`), count(`Label`), CAST(sum(`id`) AS STRING) FROM `shop`.`rewind_r2_gold`.`Orders`;
-- duplicates
SELECT count(*) FROM (SELECT `id`, `Label` FROM `shop`.`rewind_r2_gold`.`Orders` WHERE `id` IS NOT NULL AND `Label` IS NOT NULL GROUP BY `id`, `Label` HAVING count(*) > 1) AS d;
-- a user's query
SELECT * FROM (
SELECT 1 AS one
) AS answer LIMIT 5;
-- make the ledger
CREATE SCHEMA IF NOT EXISTS `shop`.`rewind`;
-- make the ledger
CREATE TABLE IF NOT EXISTS `shop`.`rewind`.`event` (`environment` STRING NOT NULL, `sequence` INT64 NOT NULL, `at` STRING NOT NULL, `kind` STRING NOT NULL, `version` INT64 NOT NULL, `payload` STRING NOT NULL, `previous_hash` STRING NOT NULL, `hash` STRING NOT NULL);
-- make the ledger
CREATE TABLE IF NOT EXISTS `shop`.`rewind`.`artifact` (`digest` STRING NOT NULL, `part` INT64 NOT NULL, `parts` INT64 NOT NULL, `content` STRING NOT NULL);
-- make the ledger
CREATE TABLE IF NOT EXISTS `shop`.`rewind`.`lease` (`environment` STRING NOT NULL, `person` STRING NOT NULL, `host` STRING NOT NULL, `pid` INT64 NOT NULL, `started` STRING NOT NULL, `operation` STRING NOT NULL, `fence` INT64 NOT NULL, `acquired_at` STRING NOT NULL, `expires_at` STRING NOT NULL, `held` BOOL NOT NULL, `writes` INT64 NOT NULL);
-- make the ledger
CREATE TABLE IF NOT EXISTS `shop`.`rewind`.`ledger` (`only_row` BOOL NOT NULL, `version` INT64 NOT NULL);
-- make the ledger
CREATE TABLE IF NOT EXISTS `shop`.`rewind`.`journal` (`environment` STRING NOT NULL, `hash` STRING NOT NULL, `content` STRING NOT NULL);
-- append an event
INSERT INTO `shop`.`rewind`.`event` (`environment`, `sequence`, `at`, `kind`, `version`, `payload`, `previous_hash`, `hash`) SELECT `environment`, `sequence`, `at`, `kind`, `version`, `payload`, `previous_hash`, `hash` FROM (SELECT 'prod' AS `environment`, 1 AS `sequence`, '2026' AS `at`, 'started' AS `kind`, 1 AS `version`, '{"a": "it\'s"}' AS `payload`, '0' AS `previous_hash`, '1' AS `hash`) AS one WHERE NOT EXISTS (SELECT 1 FROM `shop`.`rewind`.`event` AS t WHERE t.`environment` = 'prod' AND t.`sequence` >= 1);
-- insert an event
INSERT INTO `shop`.`rewind`.`event` (`environment`, `sequence`, `at`, `kind`, `version`, `payload`, `previous_hash`, `hash`) VALUES ('prod', 1, '2026', 'started', 1, '{"a": "it\'s"}', '0', '1');
-- events
SELECT `environment`, `sequence`, `at`, `kind`, `version`, `payload`, `previous_hash`, `hash` FROM `shop`.`rewind`.`event` WHERE `environment` = 'prod' AND `sequence` > 3 ORDER BY `sequence`;
-- the last event
SELECT `sequence`, `hash` FROM `shop`.`rewind`.`event` WHERE `environment` = 'prod' ORDER BY `sequence` DESC LIMIT 1;
-- take the lease
UPDATE `shop`.`rewind`.`lease` SET `person` = 'ada', `host` = 'host', `pid` = 1, `started` = 's', `operation` = 'deploy', `fence` = 2, `acquired_at` = 'a', `expires_at` = 'e', `held` = true, `writes` = `writes` + 1 WHERE `environment` = 'prod' AND `fence` = 1 AND `held` = false;
-- the first lease
INSERT INTO `shop`.`rewind`.`lease` (`person`, `host`, `pid`, `started`, `operation`, `fence`, `acquired_at`, `expires_at`, `held`, `writes`, `environment`) SELECT `person`, `host`, `pid`, `started`, `operation`, `fence`, `acquired_at`, `expires_at`, `held`, `writes`, `environment` FROM (SELECT 'ada' AS `person`, 'host' AS `host`, 1 AS `pid`, 's' AS `started`, 'deploy' AS `operation`, 2 AS `fence`, 'a' AS `acquired_at`, 'e' AS `expires_at`, true AS `held`, 1 AS `writes`, 'prod' AS `environment`) AS one WHERE NOT EXISTS (SELECT 1 FROM `shop`.`rewind`.`lease` AS t WHERE t.`environment` = 'prod');
-- hold the lease
UPDATE `shop`.`rewind`.`lease` SET `writes` = `writes` + 1 WHERE `environment` = 'prod' AND `fence` = 2 AND `held`;
-- prolong the lease
UPDATE `shop`.`rewind`.`lease` SET `expires_at` = 'e', `writes` = `writes` + 1 WHERE `environment` = 'prod' AND `fence` = 2 AND `held`;
-- free the lease
UPDATE `shop`.`rewind`.`lease` SET `held` = false, `writes` = `writes` + 1 WHERE `environment` = 'prod' AND `fence` = 2 AND `held`;
-- known artifacts
SELECT DISTINCT `digest` FROM `shop`.`rewind`.`artifact` WHERE `digest` IN ('a', 'b');
-- forget artifacts
DELETE FROM `shop`.`rewind`.`artifact` WHERE `digest` IN ('a', 'b');
-- others' payloads
SELECT `payload` FROM `shop`.`rewind`.`event` WHERE `environment` <> 'prod';
-- raise the version
UPDATE `shop`.`rewind`.`ledger` SET `version` = 2 WHERE `version` = 1;
-- environments
SELECT DISTINCT `environment` FROM `shop`.`rewind`.`event`;
-- environments
SELECT DISTINCT `environment` FROM `shop`.`rewind`.`lease` WHERE `held`;
-- write the journal
INSERT INTO `shop`.`rewind`.`journal` (`environment`, `hash`, `content`) VALUES ('prod', '1', '{}');
-- remove the ledger
DROP TABLE IF EXISTS `shop`.`rewind`.`ledger`;
-- relations
SELECT table_schema, table_name, table_type FROM `shop`.`gold`.INFORMATION_SCHEMA.TABLES;
-- columns
SELECT table_schema, table_name, column_name, data_type FROM `shop`.`gold`.INFORMATION_SCHEMA.COLUMNS ORDER BY table_name, ordinal_position;
-- views
SELECT table_schema, table_name, view_definition FROM `shop`.`gold`.INFORMATION_SCHEMA.VIEWS;
-- comments
SELECT table_schema, table_name, NULL, JSON_VALUE(PARSE_JSON(option_value)) FROM `shop`.`gold`.INFORMATION_SCHEMA.TABLE_OPTIONS WHERE option_name = 'description' UNION ALL SELECT table_schema, table_name, column_name, description FROM `shop`.`gold`.INFORMATION_SCHEMA.COLUMN_FIELD_PATHS WHERE field_path = column_name;
-- sizes
SELECT table_schema, table_name, SUM(total_logical_bytes) FROM `shop`.`gold`.INFORMATION_SCHEMA.PARTITIONS GROUP BY table_schema, table_name;
