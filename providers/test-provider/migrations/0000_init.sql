-- IF NOT EXISTS, with the index inside: where the table was moved from the database of pay, this does nothing.
CREATE TABLE IF NOT EXISTS `charges` (
	`payment_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`charge_id` char(36) character set ascii collate ascii_bin NOT NULL,
	`amount` bigint NOT NULL,
	`outcome` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`status` varchar(16) character set ascii collate ascii_bin NOT NULL,
	`due_at` datetime(3),
	`webhook_id` char(36) character set ascii collate ascii_bin,
	`attempts` int NOT NULL,
	`updated_at` datetime(3) NOT NULL,
	CONSTRAINT `charges_payment_id` PRIMARY KEY(`payment_id`),
	INDEX `charges_due` (`due_at`)
);
