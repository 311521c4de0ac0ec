import { integer, utc, word } from '@quadrille/db/columns';
import { mysqlTable, varchar } from 'drizzle-orm/mysql-core';
import type { Picture } from './pictures.ts';

/** The catalogue. How many of a product there are is the business of stock. */
export const productItems = mysqlTable('product_items', {
  itemId: integer('item_id').primaryKey(),
  name: varchar('name', { length: 80 }).notNull(),
  description: varchar('description', { length: 255 }).notNull(),
  picture: word('picture', { length: 16 }).$type<Picture>().notNull(),
  /** In minor units (cents). 0 takes the product off sale. */
  price: integer('price').notNull(),
  /** Grows by one with each new price. 0: no price has been announced yet. */
  revision: integer('revision').notNull(),
  updatedAt: utc('updated_at').notNull(),
});
export type ProductItem = typeof productItems.$inferSelect;
