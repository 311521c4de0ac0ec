CREATE TABLE `orders` (
	`order_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`user_id` bigint NOT NULL,
	`product_id` bigint NOT NULL,
	`product_count` bigint NOT NULL,
	`amount` bigint NOT NULL,
	`coupon_id` bigint NOT NULL,
	`discount` bigint NOT NULL,
	`status` varchar(20) character set ascii collate ascii_bin NOT NULL,
	`version` int NOT NULL,
	`reason_code` varchar(64) character set ascii collate ascii_bin,
	`reason_message` varchar(255),
	`reason_step` varchar(16) character set ascii collate ascii_bin,
	`answered` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`payment_id` char(36) character set ascii collate ascii_bin,
	`payment_amount` bigint,
	`payment_expires_at` datetime(3),
	`submitted_at` datetime(3) NOT NULL,
	`deadline` datetime(3),
	`placed_at` datetime(3),
	`finished_at` datetime(3),
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `orders_order_id` PRIMARY KEY(`order_id`)
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
CREATE TABLE `parked` (
	`seq` bigint AUTO_INCREMENT NOT NULL,
	`event_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`correlation_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`topic` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`partition` int NOT NULL,
	`offset` bigint NOT NULL,
	`headers` mediumblob NOT NULL,
	`payload` mediumblob NOT NULL,
	`cause` text NOT NULL,
	`attempts` int NOT NULL,
	`parked_at` datetime(3) NOT NULL,
	CONSTRAINT `parked_seq` PRIMARY KEY(`seq`)
);
--> statement-breakpoint
CREATE TABLE `relay_lease` (
	`name` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`holder` char(36) character set ascii collate ascii_bin NOT NULL,
	`epoch` bigint NOT NULL,
	`expires_at` datetime(3) NOT NULL,
	CONSTRAINT `relay_lease_name` PRIMARY KEY(`name`)
);
--> statement-breakpoint
CREATE INDEX `orders_by_deadline` ON `orders` (`deadline`);--> statement-breakpoint
CREATE INDEX `parked_by_correlation` ON `parked` (`correlation_id`,`seq`);