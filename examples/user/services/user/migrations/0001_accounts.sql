CREATE TABLE `accounts` (
	`user_id` bigint NOT NULL,
	`status` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(255),
	`email` varchar(255),
	`address` varchar(255),
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `accounts_user_id` PRIMARY KEY(`user_id`)
);
--> statement-breakpoint
ALTER TABLE `user_orders` ADD `user_id` bigint;--> statement-breakpoint
ALTER TABLE `user_orders` ADD `seen` varchar(255) character set ascii collate ascii_bin NOT NULL;--> statement-breakpoint
ALTER TABLE `user_orders` ADD `ended_at` datetime(3);--> statement-breakpoint
CREATE INDEX `user_orders_by_user` ON `user_orders` (`user_id`);