CREATE TABLE `price_revisions` (
	`product_id` bigint NOT NULL,
	`revision` bigint NOT NULL,
	CONSTRAINT `price_revisions_product_id` PRIMARY KEY(`product_id`)
);
