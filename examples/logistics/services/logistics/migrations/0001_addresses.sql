CREATE TABLE `addresses` (
	`user_id` bigint NOT NULL,
	`address` varchar(255) NOT NULL,
	CONSTRAINT `addresses_user_id` PRIMARY KEY(`user_id`)
);
--> statement-breakpoint
ALTER TABLE `logistics_orders` ADD `user_id` bigint;--> statement-breakpoint
ALTER TABLE `logistics_orders` ADD `tracking_id` varchar(32) character set ascii collate ascii_bin;