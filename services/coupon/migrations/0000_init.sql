CREATE TABLE `coupon_uses` (
	`order_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`coupon_id` bigint,
	`discount` bigint NOT NULL,
	`status` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `coupon_uses_order_id` PRIMARY KEY(`order_id`)
);
--> statement-breakpoint
CREATE TABLE `coupons` (
	`coupon_id` bigint NOT NULL,
	`user_id` bigint NOT NULL,
	`amount` bigint NOT NULL,
	`status` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`order_id` char(36) character set ascii collate ascii_bin,
	`expires_at` datetime(3),
	CONSTRAINT `coupons_coupon_id` PRIMARY KEY(`coupon_id`)
);
--> statement-breakpoint
CREATE INDEX `coupons_by_user` ON `coupons` (`user_id`,`coupon_id`);