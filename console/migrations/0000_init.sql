CREATE TABLE `events` (
	`order_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`event_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`type` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`version` int NOT NULL,
	`causation_id` char(36) character set ascii collate ascii_bin,
	`traceparent` varchar(55) character set ascii collate ascii_bin NOT NULL,
	`time` datetime(3) NOT NULL,
	`topic` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`partition` int NOT NULL,
	`offset` bigint NOT NULL,
	`payload` mediumblob NOT NULL,
	`seen_at` datetime(3) NOT NULL,
	CONSTRAINT `events_order_id_event_id_pk` PRIMARY KEY(`order_id`,`event_id`)
);
--> statement-breakpoint
CREATE TABLE `gate` (
	`id` int NOT NULL,
	CONSTRAINT `gate_id` PRIMARY KEY(`id`)
);
--> statement-breakpoint
CREATE TABLE `minutes` (
	`minute` datetime(3) NOT NULL,
	`name` varchar(80) character set ascii collate ascii_bin NOT NULL,
	`count` int NOT NULL,
	CONSTRAINT `minutes_minute_name_pk` PRIMARY KEY(`minute`,`name`)
);
--> statement-breakpoint
CREATE TABLE `orders` (
	`order_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`user_id` bigint,
	`product_id` bigint,
	`product_count` bigint,
	`amount` bigint,
	`coupon_id` bigint,
	`discount` bigint,
	`payment_id` char(36) character set ascii collate ascii_bin,
	`payment_amount` bigint,
	`payment_expires_at` datetime(3),
	`submitted_at` datetime(3),
	`reserved_at` datetime(3),
	`applied_at` datetime(3),
	`placed_at` datetime(3),
	`paid_at` datetime(3),
	`turned_at` datetime(3),
	`reason_code` varchar(64) character set ascii collate ascii_bin,
	`reason_message` varchar(255),
	`reason_step` varchar(16) character set ascii collate ascii_bin,
	`stock_undone_at` datetime(3),
	`coupon_undone_at` datetime(3),
	`pay_undone_at` datetime(3),
	`first_at` datetime(3) NOT NULL,
	`last_at` datetime(3) NOT NULL,
	`status` varchar(20) character set ascii collate ascii_bin NOT NULL,
	`waits_for` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`waits_since` datetime(3),
	CONSTRAINT `orders_order_id` PRIMARY KEY(`order_id`)
);
--> statement-breakpoint
CREATE TABLE `strays` (
	`topic` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`partition` int NOT NULL,
	`offset` bigint NOT NULL,
	`cause` text NOT NULL,
	`key` mediumblob,
	`headers` mediumblob NOT NULL,
	`value` mediumblob,
	`size` int NOT NULL,
	`seen_at` datetime(3) NOT NULL,
	CONSTRAINT `strays_topic_partition_offset_pk` PRIMARY KEY(`topic`,`partition`,`offset`)
);
--> statement-breakpoint
CREATE INDEX `orders_by_status` ON `orders` (`status`,`order_id`);--> statement-breakpoint
CREATE INDEX `orders_by_user` ON `orders` (`user_id`,`order_id`);--> statement-breakpoint
CREATE INDEX `orders_by_product` ON `orders` (`product_id`,`order_id`);--> statement-breakpoint
CREATE INDEX `orders_by_reason` ON `orders` (`reason_code`,`order_id`);--> statement-breakpoint
CREATE INDEX `orders_by_wait` ON `orders` (`waits_for`,`waits_since`);--> statement-breakpoint
CREATE INDEX `strays_by_age` ON `strays` (`seen_at`);