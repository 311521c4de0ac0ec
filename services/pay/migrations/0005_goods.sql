ALTER TABLE `payments` ADD `product_id` bigint;--> statement-breakpoint
ALTER TABLE `payments` ADD `product_count` int;