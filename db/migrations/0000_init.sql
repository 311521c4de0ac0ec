CREATE TABLE `halts` (
	`topic` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`partition` int NOT NULL,
	`from_offset` bigint NOT NULL,
	`to_offset` bigint NOT NULL,
	`cause` text NOT NULL,
	`since` datetime(3) NOT NULL,
	`seen_at` datetime(3) NOT NULL,
	CONSTRAINT `halts_topic_partition_pk` PRIMARY KEY(`topic`,`partition`)
);
--> statement-breakpoint
CREATE TABLE `inbox` (
	`event_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`taken_at` datetime(3) NOT NULL,
	CONSTRAINT `inbox_event_id` PRIMARY KEY(`event_id`)
);
--> statement-breakpoint
CREATE TABLE `outbox` (
	`seq` bigint AUTO_INCREMENT NOT NULL,
	`id` char(36) character set ascii collate ascii_bin NOT NULL,
	`topic` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`type` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`version` int NOT NULL,
	`publisher` varchar(32) character set ascii collate ascii_bin NOT NULL,
	`correlation_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`causation_id` char(36) character set ascii collate ascii_bin,
	`traceparent` varchar(55) character set ascii collate ascii_bin NOT NULL,
	`time` varchar(24) character set ascii collate ascii_bin NOT NULL,
	`payload` mediumblob NOT NULL,
	CONSTRAINT `outbox_seq` PRIMARY KEY(`seq`)
);
--> statement-breakpoint
CREATE TABLE `outbox_marks` (
	`at` datetime(3) NOT NULL,
	`settled_to` bigint NOT NULL,
	CONSTRAINT `outbox_marks_at` PRIMARY KEY(`at`)
);
--> statement-breakpoint
CREATE TABLE `outbox_parked` (
	`seq` bigint NOT NULL,
	`correlation_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`status` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`cause` text,
	`attempts` int NOT NULL,
	`parked_at` datetime(3) NOT NULL,
	`decided_by` varchar(128),
	`why` varchar(255),
	`decided_at` datetime(3),
	`published_at` datetime(3),
	CONSTRAINT `outbox_parked_seq` PRIMARY KEY(`seq`)
);
--> statement-breakpoint
CREATE TABLE `parked` (
	`seq` bigint AUTO_INCREMENT NOT NULL,
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
	CONSTRAINT `parked_seq` PRIMARY KEY(`seq`)
);
--> statement-breakpoint
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
CREATE TABLE `relay_lease` (
	`name` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`holder` char(36) character set ascii collate ascii_bin NOT NULL,
	`epoch` bigint NOT NULL,
	`expires_at` datetime(3) NOT NULL,
	`published_to` bigint NOT NULL DEFAULT 0,
	`missing` text,
	CONSTRAINT `relay_lease_name` PRIMARY KEY(`name`)
);
--> statement-breakpoint
CREATE TABLE `skipped_ranges` (
	`seq` bigint AUTO_INCREMENT NOT NULL,
	`kind` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`topic` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`partition` int NOT NULL,
	`from_offset` bigint NOT NULL,
	`to_offset` bigint NOT NULL,
	`records` bigint NOT NULL DEFAULT 0,
	`passed_to` bigint,
	`cause` text,
	`decided_by` varchar(128),
	`why` text,
	`created_at` datetime(3) NOT NULL,
	`changed_at` datetime(3) NOT NULL,
	CONSTRAINT `skipped_ranges_seq` PRIMARY KEY(`seq`)
);
--> statement-breakpoint
CREATE INDEX `outbox_by_correlation` ON `outbox` (`correlation_id`);--> statement-breakpoint
CREATE INDEX `outbox_parked_by_status` ON `outbox_parked` (`status`,`seq`);--> statement-breakpoint
CREATE INDEX `outbox_parked_by_correlation` ON `outbox_parked` (`correlation_id`,`status`);--> statement-breakpoint
CREATE INDEX `parked_by_correlation` ON `parked` (`correlation_id`,`seq`);--> statement-breakpoint
CREATE INDEX `parked_history_by_correlation` ON `parked_history` (`correlation_id`,`seq`);--> statement-breakpoint
CREATE INDEX `skipped_ranges_by_place` ON `skipped_ranges` (`kind`,`topic`,`partition`,`seq`);