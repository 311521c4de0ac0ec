CREATE TABLE `accepted_findings` (
	`id` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`kind` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`order_id` char(36) character set ascii collate ascii_bin,
	`what` mediumtext NOT NULL,
	`who` varchar(128) NOT NULL,
	`why` varchar(500) NOT NULL,
	`accepted_at` datetime(3) NOT NULL,
	CONSTRAINT `accepted_findings_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
ALTER TABLE `acts` MODIFY COLUMN `what` mediumtext NOT NULL;--> statement-breakpoint
ALTER TABLE `acts` MODIFY COLUMN `outcome` mediumtext;--> statement-breakpoint
ALTER TABLE `acts` MODIFY COLUMN `cursor` mediumtext;