import { createHash } from 'node:crypto';
import { type Submission, submitOrder } from '@quadrille/contracts/orders-http';
import { type Pool, query } from '@quadrille/db/connect';
import { type Decision, nothing } from '@quadrille/participant/decide';
import { lt, sql } from 'drizzle-orm';
import { type OrderState, submit } from './rules.ts';
import { type IdempotencyKey, idempotencyKeys } from './schema.ts';

/** What a submission looks at: the order, which is new, and what its key led to before. */
export type SubmitState = OrderState & { readonly idempotencyKey: IdempotencyKey | undefined };

/** A client's key, made safe to store: one user never meets another's. */
export type KeyHashes = Pick<IdempotencyKey, 'keyHash' | 'requestHash'>;

/** Every field of an order, also one that is added later: two submissions that differ in any are not the same. */
const fieldNames = submitOrder.keyof().options;

const keptFor = 24 * 3_600_000;

export const hashKey = ({ order, idempotencyKey }: Submission): KeyHashes | undefined =>
  idempotencyKey === undefined
    ? undefined
    : {
        keyHash: sha256(`${order.userId}\n${idempotencyKey}`),
        requestHash: sha256(fieldNames.map((name) => String(order[name])).join('\n')),
      };

/** A customer's order is taken, unless its key has led to one before. */
export const submitOnce = (
  { idempotencyKey: known }: SubmitState,
  {
    orderId,
    order,
    hashes,
    deadline,
  }: Pick<Submission, 'order'> & {
    orderId: string;
    hashes: KeyHashes | undefined;
    deadline: number;
  },
  now: Date,
): Decision<SubmitState> => {
  if (known && now.getTime() - known.createdAt.getTime() < keptFor) return nothing;
  const { state, emit } = submit(orderId, order, deadline, now);
  const key = hashes && { idempotencyKey: { ...hashes, orderId, createdAt: now } };
  return { state: { ...state, ...key }, ...(emit && { emit }) };
};

/** Forgets keys older than 24 hours, some at a time; answers how many. */
export const purgeKeys = async (pool: Pool): Promise<number> => {
  const [result] = await query(pool)
    .delete(idempotencyKeys)
    .where(lt(idempotencyKeys.createdAt, sql`UTC_TIMESTAMP(3) - INTERVAL ${keptFor / 1000} SECOND`))
    .limit(1_000);
  return result.affectedRows;
};

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
