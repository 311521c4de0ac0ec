ALTER TABLE `orders` ADD `times` text character set ascii collate ascii_bin NOT NULL;--> statement-breakpoint
UPDATE `orders` SET `times` = CONCAT('{', CONCAT_WS(',',
  CONCAT('"coupon-applied":"', DATE_FORMAT(`applied_at`, '%Y-%m-%dT%H:%i:%s.'), LPAD(MICROSECOND(`applied_at`) DIV 1000, 3, '0'), 'Z"'),
  CONCAT('"coupon-released":"', DATE_FORMAT(`coupon_undone_at`, '%Y-%m-%dT%H:%i:%s.'), LPAD(MICROSECOND(`coupon_undone_at`) DIV 1000, 3, '0'), 'Z"'),
  CONCAT('"order-created":"', DATE_FORMAT(`submitted_at`, '%Y-%m-%dT%H:%i:%s.'), LPAD(MICROSECOND(`submitted_at`) DIV 1000, 3, '0'), 'Z"'),
  CONCAT('"payment-created":"', DATE_FORMAT(`placed_at`, '%Y-%m-%dT%H:%i:%s.'), LPAD(MICROSECOND(`placed_at`) DIV 1000, 3, '0'), 'Z"'),
  CONCAT('"payment-succeeded":"', DATE_FORMAT(`paid_at`, '%Y-%m-%dT%H:%i:%s.'), LPAD(MICROSECOND(`paid_at`) DIV 1000, 3, '0'), 'Z"'),
  CONCAT('"payment-voided":"', DATE_FORMAT(`pay_undone_at`, '%Y-%m-%dT%H:%i:%s.'), LPAD(MICROSECOND(`pay_undone_at`) DIV 1000, 3, '0'), 'Z"'),
  CONCAT('"stock-released":"', DATE_FORMAT(`stock_undone_at`, '%Y-%m-%dT%H:%i:%s.'), LPAD(MICROSECOND(`stock_undone_at`) DIV 1000, 3, '0'), 'Z"'),
  CONCAT('"stock-reserved":"', DATE_FORMAT(`reserved_at`, '%Y-%m-%dT%H:%i:%s.'), LPAD(MICROSECOND(`reserved_at`) DIV 1000, 3, '0'), 'Z"')
), '}');--> statement-breakpoint
ALTER TABLE `orders` DROP COLUMN `submitted_at`;--> statement-breakpoint
ALTER TABLE `orders` DROP COLUMN `reserved_at`;--> statement-breakpoint
ALTER TABLE `orders` DROP COLUMN `applied_at`;--> statement-breakpoint
ALTER TABLE `orders` DROP COLUMN `placed_at`;--> statement-breakpoint
ALTER TABLE `orders` DROP COLUMN `paid_at`;--> statement-breakpoint
ALTER TABLE `orders` DROP COLUMN `stock_undone_at`;--> statement-breakpoint
ALTER TABLE `orders` DROP COLUMN `coupon_undone_at`;--> statement-breakpoint
ALTER TABLE `orders` DROP COLUMN `pay_undone_at`;