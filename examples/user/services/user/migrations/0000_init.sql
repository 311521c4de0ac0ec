CREATE TABLE `user_orders` (
	`order_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`status` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `user_orders_order_id` PRIMARY KEY(`order_id`)
);
