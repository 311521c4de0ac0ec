CREATE TABLE `products` (
	`product_id` bigint NOT NULL,
	`price` bigint NOT NULL,
	`available` bigint NOT NULL,
	`reserved` bigint NOT NULL,
	`sold` bigint NOT NULL,
	CONSTRAINT `products_product_id` PRIMARY KEY(`product_id`)
);
--> statement-breakpoint
CREATE TABLE `reservations` (
	`order_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`product_id` bigint,
	`product_count` bigint NOT NULL,
	`status` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `reservations_order_id` PRIMARY KEY(`order_id`)
);
