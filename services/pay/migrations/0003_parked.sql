CREATE TABLE `parked_history` (
	`seq` bigint AUTO_INCREMENT NOT NULL,
	`action` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`done_by` varchar(128) NOT NULL,
	`why` text NOT NULL,
	`done_at` datetime(3) NOT NULL,
	`parked_seq` bigint NOT NULL,
	`event_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`correlation_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`topic` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`partition` int NOT NULL,
	`offset` bigint NOT NULL,
	`key` mediumblob,
	`headers` mediumblob NOT NULL,
	`payload` mediumblob,
	`cause` text NOT NULL,
	`attempts` int NOT NULL,
	`parked_at` datetime(3) NOT NULL,
	CONSTRAINT `parked_history_seq` PRIMARY KEY(`seq`)
);
--> statement-breakpoint
ALTER TABLE `parked` MODIFY COLUMN `event_id` char(36) character set ascii collate ascii_bin NOT NULL;--> statement-breakpoint
ALTER TABLE `parked` MODIFY COLUMN `correlation_id` char(36) character set ascii collate ascii_bin NOT NULL;--> statement-breakpoint
ALTER TABLE `parked` MODIFY COLUMN `payload` mediumblob;--> statement-breakpoint
ALTER TABLE `parked` ADD `key` mediumblob;--> statement-breakpoint
CREATE INDEX `parked_history_by_correlation` ON `parked_history` (`correlation_id`,`seq`);