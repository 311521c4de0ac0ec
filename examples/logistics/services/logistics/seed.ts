import { type Address, addresses } from './schema.ts';

/** Only the address of user 1 is known. */
const rows: Address[] = [{ userId: 1, address: '12 Mill Lane, Oldtown' }];

export const seed = { table: addresses, rows };
