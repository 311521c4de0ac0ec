ALTER TABLE `acts` ADD `stop_by` varchar(128);--> statement-breakpoint
ALTER TABLE `acts` ADD `stop_why` varchar(500);