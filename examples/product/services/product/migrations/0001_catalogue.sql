ALTER TABLE `product_items` ADD `name` varchar(80) NOT NULL;--> statement-breakpoint
ALTER TABLE `product_items` ADD `description` varchar(255) NOT NULL;--> statement-breakpoint
ALTER TABLE `product_items` ADD `picture` varchar(16) character set ascii collate ascii_bin NOT NULL;--> statement-breakpoint
ALTER TABLE `product_items` ADD `price` bigint NOT NULL;