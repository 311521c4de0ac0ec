import { integer, utc, uuidText, word, words } from '@quadrille/db/columns';
import { index, mysqlTable, varchar } from 'drizzle-orm/mysql-core';

/** `leaving`: the user wants to be erased, and has open orders. `erased`: nothing is left but the number. */
export type AccountStatus = 'active' | 'leaving' | 'erased';

/** The only place that knows who a user is. */
export const accounts = mysqlTable('accounts', {
  userId: integer('user_id').primaryKey(),
  status: word('status', { length: 16 }).$type<AccountStatus>().notNull(),
  name: varchar('name', { length: 255 }),
  email: varchar('email', { length: 255 }),
  address: varchar('address', { length: 255 }),
  updatedAt: utc('updated_at').notNull(),
});
export type Account = typeof accounts.$inferSelect;

/** Where an order stands in user. `waiting`: `order-created`, which says whose it is, has not come. */
export type UserStatus = 'waiting' | 'confirmed' | 'rejected';

/** What user keeps of each order. */
export const userOrders = mysqlTable(
  'user_orders',
  {
    orderId: uuidText('order_id').primaryKey(),
    /** null: not known yet, or forgotten. */
    userId: integer('user_id'),
    /** The types of the events that have come. */
    seen: words('seen').notNull(),
    status: word('status', { length: 16 }).$type<UserStatus>().notNull(),
    /** null: the order is open. */
    endedAt: utc('ended_at'),
    updatedAt: utc('updated_at').notNull(),
  },
  (table) => [index('user_orders_by_user').on(table.userId)],
);
export type UserOrder = typeof userOrders.$inferSelect;
