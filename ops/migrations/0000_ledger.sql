CREATE TABLE `acts` (
	`id` bigint AUTO_INCREMENT NOT NULL,
	`verb` varchar(32) character set ascii collate ascii_bin NOT NULL,
	`who` varchar(128) NOT NULL,
	`why` varchar(500) NOT NULL,
	`what` text NOT NULL,
	`status` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`outcome` text,
	`cursor` text,
	`lease` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`started_at` datetime(3) NOT NULL,
	`ended_at` datetime(3),
	CONSTRAINT `acts_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `leases` (
	`name` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`holder` char(36) character set ascii collate ascii_bin NOT NULL,
	`expires_at` datetime(3) NOT NULL,
	CONSTRAINT `leases_name` PRIMARY KEY(`name`)
);
--> statement-breakpoint
CREATE TABLE `stock_totals` (
	`product_id` bigint NOT NULL,
	`units` bigint NOT NULL,
	`seen_at` datetime(3) NOT NULL,
	CONSTRAINT `stock_totals_product_id` PRIMARY KEY(`product_id`)
);
--> statement-breakpoint
CREATE INDEX `acts_by_lease` ON `acts` (`lease`);