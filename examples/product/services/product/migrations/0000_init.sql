CREATE TABLE `product_items` (
	`item_id` bigint NOT NULL,
	`revision` bigint NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `product_items_item_id` PRIMARY KEY(`item_id`)
);
