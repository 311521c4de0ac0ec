CREATE TABLE `charges` (
	`charge_id` varchar(64) character set ascii collate ascii_bin NOT NULL,
	`order_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`payment_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`amount` bigint NOT NULL,
	`status` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`charged_at` datetime(3),
	`ask_at` datetime(3),
	`asked` int NOT NULL,
	`refunded_at` datetime(3),
	CONSTRAINT `charges_charge_id` PRIMARY KEY(`charge_id`)
);
--> statement-breakpoint
CREATE TABLE `payments` (
	`order_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`payment_id` char(36) character set ascii collate ascii_bin,
	`user_id` bigint,
	`product_id` bigint,
	`product_count` int,
	`amount` bigint NOT NULL,
	`discount` bigint NOT NULL,
	`status` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`expires_at` datetime(3),
	`started_at` datetime(3),
	`charge_id` varchar(64) character set ascii collate ascii_bin,
	`traceparent` varchar(55) character set ascii collate ascii_bin,
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `payments_order_id` PRIMARY KEY(`order_id`),
	CONSTRAINT `payments_by_id` UNIQUE(`payment_id`)
);
--> statement-breakpoint
CREATE TABLE `test_provider_charges` (
	`payment_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`charge_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`amount` bigint NOT NULL,
	`outcome` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`status` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`due_at` datetime(3),
	`webhook_id` char(36) character set ascii collate ascii_bin,
	`attempts` int NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `test_provider_charges_payment_id` PRIMARY KEY(`payment_id`)
);
--> statement-breakpoint
CREATE INDEX `charges_by_order` ON `charges` (`order_id`);--> statement-breakpoint
CREATE INDEX `charges_to_refund` ON `charges` (`status`,`ask_at`);--> statement-breakpoint
CREATE INDEX `payments_by_expiry` ON `payments` (`status`,`expires_at`);--> statement-breakpoint
CREATE INDEX `test_provider_charges_due` ON `test_provider_charges` (`due_at`);