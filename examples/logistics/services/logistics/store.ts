import { type Pool, query } from '@quadrille/db/connect';
import { rowsOf } from '@quadrille/db/rows';
import type { Participant } from '@quadrille/participant/decide';
import { decide, type LogisticsState, type Received, subscribes, userOf } from './rules.ts';
import { type Address, addresses, logisticsOrders } from './schema.ts';

export const logisticsOrderRows = rowsOf(logisticsOrders, 'orderId');

export const logistics: Participant<LogisticsState, Received> = {
  name: 'logistics',
  subscribes,
  state: {
    entry: { rows: logisticsOrderRows, key: (orderId) => orderId },
    address: {
      rows: rowsOf(addresses, 'userId'),
      key: (_orderId, event, { entry }) => userOf(entry, event) ?? undefined,
    },
  },
  decide,
  status: ({ entry }) => entry?.status,
};

/** For the orders that are shipped from now on. */
export const saveAddress = async (pool: Pool, { userId, address }: Address): Promise<void> => {
  await query(pool).insert(addresses).values({ userId, address }).onDuplicateKeyUpdate({ set: { address } });
};
