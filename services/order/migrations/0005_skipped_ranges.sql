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
CREATE INDEX `skipped_ranges_by_place` ON `skipped_ranges` (`kind`,`topic`,`partition`,`seq`);