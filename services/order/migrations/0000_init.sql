CREATE TABLE `idempotency_keys` (
	`key_hash` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`request_hash` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`order_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`created_at` datetime(3) NOT NULL,
	CONSTRAINT `idempotency_keys_key_hash` PRIMARY KEY(`key_hash`)
);
--> statement-breakpoint
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
CREATE INDEX `idempotency_keys_by_age` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE INDEX `orders_by_deadline` ON `orders` (`deadline`);--> statement-breakpoint
CREATE INDEX `orders_by_user` ON `orders` (`user_id`,`order_id`);