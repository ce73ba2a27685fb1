-- create a pointer
CREATE OR REPLACE VIEW `gold`.`orders` AS SELECT * FROM `rewind_r2_gold`.`orders`;
-- re-point
ALTER VIEW `gold`.`orders` AS SELECT * FROM `rewind_r2_gold`.`orders`;
-- drop a pointer
DROP VIEW `gold`.`orders`;
-- comment a table
COMMENT ON TABLE `gold`.`orders` IS 'it\'s 100 % \\ \u0024x';
-- comment a view
ALTER VIEW `gold`.`orders` SET TBLPROPERTIES ('comment' = 'it\'s 100 % \\ \u0024x');
-- comment a column
ALTER TABLE `rewind_r2_gold`.`orders` ALTER COLUMN `id` COMMENT 'it\'s 100 % \\ \u0024x';
-- copy a table, 1
CREATE TABLE `rewind_r2_gold`.`orders` AS SELECT * FROM `gold`.`orders`;
-- rename a table
ALTER TABLE `gold`.`orders` RENAME TO `gold`.`orders__r1`;
-- rename a view
ALTER VIEW `gold`.`orders` RENAME TO `gold`.`orders__r1`;
-- make a schema
CREATE SCHEMA IF NOT EXISTS `gold`;
-- drop a schema
DROP SCHEMA `rewind_r2_gold` RESTRICT;
-- count rows
SELECT count(*) FROM `rewind_r2_gold`.`orders`;
-- fingerprint
SELECT count(*), CAST(sum(CAST(xxhash64(`id`, `id` IS NULL, `label`, `label` IS NULL) AS DECIMAL(38, 0))) AS STRING), CAST(sum(CAST(xxhash64('again', `id`, `id` IS NULL, `label`, `label` IS NULL) AS DECIMAL(38, 0))) AS STRING), count(`id`), count(`label`), CAST(sum(`id`) AS STRING) FROM `rewind_r2_gold`.`orders`;
-- duplicates
SELECT count(*) FROM (SELECT `id`, `label` FROM `rewind_r2_gold`.`orders` WHERE `id` IS NOT NULL AND `label` IS NOT NULL GROUP BY `id`, `label` HAVING count(*) > 1) AS d;
-- a user's query
SELECT * FROM (
SELECT 1 AS one
) AS answer LIMIT 5;
-- make the ledger
CREATE SCHEMA IF NOT EXISTS `rewind`;
-- make the ledger
CREATE TABLE IF NOT EXISTS `rewind`.`event` (`environment` STRING NOT NULL, `sequence` BIGINT NOT NULL, `at` STRING NOT NULL, `kind` STRING NOT NULL, `version` INT NOT NULL, `payload` STRING NOT NULL, `previous_hash` STRING NOT NULL, `hash` STRING NOT NULL) USING iceberg;
-- make the ledger
CREATE TABLE IF NOT EXISTS `rewind`.`artifact` (`digest` STRING NOT NULL, `part` INT NOT NULL, `parts` INT NOT NULL, `content` STRING NOT NULL) USING iceberg;
-- make the ledger
CREATE TABLE IF NOT EXISTS `rewind`.`lease` (`environment` STRING NOT NULL, `person` STRING NOT NULL, `host` STRING NOT NULL, `pid` BIGINT NOT NULL, `started` STRING NOT NULL, `operation` STRING NOT NULL, `fence` BIGINT NOT NULL, `acquired_at` STRING NOT NULL, `expires_at` STRING NOT NULL, `held` BOOLEAN NOT NULL, `writes` BIGINT NOT NULL) USING iceberg;
-- make the ledger
CREATE TABLE IF NOT EXISTS `rewind`.`ledger` (`only_row` BOOLEAN NOT NULL, `version` INT NOT NULL) USING iceberg;
-- make the ledger
CREATE TABLE IF NOT EXISTS `rewind`.`journal` (`environment` STRING NOT NULL, `hash` STRING NOT NULL, `content` STRING NOT NULL) USING iceberg;
-- append an event
INSERT INTO `rewind`.`event` (`environment`, `sequence`, `at`, `kind`, `version`, `payload`, `previous_hash`, `hash`) SELECT `environment`, `sequence`, `at`, `kind`, `version`, `payload`, `previous_hash`, `hash` FROM (SELECT 'prod' AS `environment`, 1 AS `sequence`, '2026' AS `at`, 'started' AS `kind`, 1 AS `version`, '{"a": "it\'s"}' AS `payload`, '0' AS `previous_hash`, '1' AS `hash`) AS one WHERE NOT EXISTS (SELECT 1 FROM `rewind`.`event` AS t WHERE t.`environment` = 'prod' AND t.`sequence` >= 1);
-- insert an event
INSERT INTO `rewind`.`event` (`environment`, `sequence`, `at`, `kind`, `version`, `payload`, `previous_hash`, `hash`) VALUES ('prod', 1, '2026', 'started', 1, '{"a": "it\'s"}', '0', '1');
-- events
SELECT `environment`, `sequence`, `at`, `kind`, `version`, `payload`, `previous_hash`, `hash` FROM `rewind`.`event` WHERE `environment` = 'prod' AND `sequence` > 3 ORDER BY `sequence`;
-- the last event
SELECT `sequence`, `hash` FROM `rewind`.`event` WHERE `environment` = 'prod' ORDER BY `sequence` DESC LIMIT 1;
-- take the lease
UPDATE `rewind`.`lease` SET `person` = 'ada', `host` = 'host', `pid` = 1, `started` = 's', `operation` = 'deploy', `fence` = 2, `acquired_at` = 'a', `expires_at` = 'e', `held` = true, `writes` = `writes` + 1 WHERE `environment` = 'prod' AND `fence` = 1 AND `held` = false;
-- the first lease
INSERT INTO `rewind`.`lease` (`person`, `host`, `pid`, `started`, `operation`, `fence`, `acquired_at`, `expires_at`, `held`, `writes`, `environment`) SELECT `person`, `host`, `pid`, `started`, `operation`, `fence`, `acquired_at`, `expires_at`, `held`, `writes`, `environment` FROM (SELECT 'ada' AS `person`, 'host' AS `host`, 1 AS `pid`, 's' AS `started`, 'deploy' AS `operation`, 2 AS `fence`, 'a' AS `acquired_at`, 'e' AS `expires_at`, true AS `held`, 1 AS `writes`, 'prod' AS `environment`) AS one WHERE NOT EXISTS (SELECT 1 FROM `rewind`.`lease` AS t WHERE t.`environment` = 'prod');
-- hold the lease
UPDATE `rewind`.`lease` SET `writes` = `writes` + 1 WHERE `environment` = 'prod' AND `fence` = 2 AND `held`;
-- prolong the lease
UPDATE `rewind`.`lease` SET `expires_at` = 'e', `writes` = `writes` + 1 WHERE `environment` = 'prod' AND `fence` = 2 AND `held`;
-- free the lease
UPDATE `rewind`.`lease` SET `held` = false, `writes` = `writes` + 1 WHERE `environment` = 'prod' AND `fence` = 2 AND `held`;
-- known artifacts
SELECT DISTINCT `digest` FROM `rewind`.`artifact` WHERE `digest` IN ('a', 'b');
-- forget artifacts
DELETE FROM `rewind`.`artifact` WHERE `digest` IN ('a', 'b');
-- others' payloads
SELECT `payload` FROM `rewind`.`event` WHERE `environment` <> 'prod';
-- raise the version
UPDATE `rewind`.`ledger` SET `version` = 2 WHERE `version` = 1;
-- environments
SELECT DISTINCT `environment` FROM `rewind`.`event`;
-- environments
SELECT DISTINCT `environment` FROM `rewind`.`lease` WHERE `held`;
-- write the journal
INSERT INTO `rewind`.`journal` (`environment`, `hash`, `content`) VALUES ('prod', '1', '{}');
-- remove the ledger
DROP TABLE IF EXISTS `rewind`.`ledger`;
