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
	`decided_at` datetime(3),
	`published_at` datetime(3),
	CONSTRAINT `outbox_parked_seq` PRIMARY KEY(`seq`)
);
--> statement-breakpoint
ALTER TABLE `relay_lease` ADD `published_to` bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `relay_lease` ADD `missing` text;--> statement-breakpoint
CREATE INDEX `outbox_parked_by_status` ON `outbox_parked` (`status`,`seq`);--> statement-breakpoint
CREATE INDEX `outbox_parked_by_correlation` ON `outbox_parked` (`correlation_id`,`status`);--> statement-breakpoint
CREATE INDEX `outbox_by_correlation` ON `outbox` (`correlation_id`);