import { randomUUID } from 'node:crypto';
import { couponApplied } from '@quadrille/contracts/coupon-events';
import { orderCancelled } from '@quadrille/contracts/order-events';
import type { PaymentMessage } from '@quadrille/contracts/payments-http';
import type { Pool } from '@quadrille/db/connect';
import { mysqlStorage } from '@quadrille/db/storage';
import { applyBatch } from '@quadrille/participant/apply';
import { arrive } from '@quadrille/participant/arrival';
import { type Api, serveHttp } from '@quadrille/process/http';
import type { Log } from '@quadrille/process/log';
import type { PaymentProvider } from '@quadrille/providers/provider';
import { startTestProvider } from '@quadrille/providers/test-provider/provider';
import { sign } from '@quadrille/providers/webhook';
import { executeOn } from '../../../test/support/application.ts';
import { received, recordOf } from '../../../test/support/events.ts';
import { silentLog } from '../../../test/support/log.ts';
import { scratchDatabase } from '../../../test/support/scratch.ts';
import { createApi } from '../api.ts';
import type { Received } from '../rules.ts';
import { payWith } from '../store.ts';

const hour = 3_600_000;
export const secret = 'a secret of the tests, and of no one else';

export type RunningPay = Awaited<ReturnType<typeof startPay>>;

/** The test provider, with a question of fewer answers. */
const testProvider = ({ pool, log, url }: { pool: Pool; log: Log; url: string }): PaymentProvider => ({
  ...startTestProvider({ pool, secrets: [secret], url: `${url}/webhook`, log }),
  question: {
    ...{ title: 'a provider', label: 'outcome', hint: 'choose' },
    options: [
      { value: 'success', label: 'success' },
      { value: 'never', label: 'never' },
    ],
  },
});

/** Pay on a database of its own with its HTTP API and a provider behind it; the test is in the place of Kafka. */
export const startPay = async (startProvider = testProvider) => {
  const scratch = await scratchDatabase('pay');
  const ofProvider = await scratchDatabase('test-provider');
  const { pool } = scratch;
  const log = silentLog();
  const participant = payWith(hour);
  const storage = mysqlStorage(pool);

  const service = { execute: executeOn(participant, pool) };
  const receive = (event: Received) => applyBatch(storage, participant, [arrive(participant, recordOf(event))]);

  // The provider must be told where the API is, which needs the provider.
  let api: Api | undefined;
  const server = await serveHttp({
    host: '127.0.0.1',
    port: 0,
    isReady: () => true,
    api: { fetch: (request) => api?.fetch(request) ?? new Response(null, { status: 503 }) },
  });
  const url = `http://127.0.0.1:${server.port}`;
  const provider = startProvider({ pool: ofProvider.pool, log, url });
  api = createApi({ pool, service, provider, log });

  const select = async <Row>(sql: string, values: unknown[] = []) =>
    (await pool.query(sql, values))[0] as unknown as Row[];

  return {
    pool,
    providerPool: ofProvider.pool,
    log,
    service,
    provider,
    url,
    select,
    chargeOf: (paymentId: string, answer: string) => {
      const expiresAt = new Date(Date.now() + hour);
      return { paymentId, orderId: randomUUID(), amount: 100, answer, expiresAt };
    },
    /** An order that comes as far as pay. */
    placed: async ({ amount = 1_100, discount = 1_000 } = {}) => {
      const orderId = randomUUID();
      const goods = { productId: 1, productCount: 1 };
      const event = received(orderId, couponApplied.of({ userId: 1, ...goods, couponId: 1, amount, discount }));
      await receive(event);
      return { orderId, paymentId: event.id };
    },
    cancel: (orderId: string) =>
      receive(received(orderId, orderCancelled.of({ reason: { code: 'gone', message: 'gone', step: 'order' } }))),
    /** Sends what the provider would send. */
    tell: async (message: PaymentMessage, headers: Record<string, string> = {}, at = Date.now()) => {
      const body = Buffer.from(JSON.stringify(message));
      const signed = { ...sign(secret, message.id, body, at), 'content-type': 'application/json', ...headers };
      const response = await fetch(`${url}/webhook`, { method: 'POST', headers: signed, body });
      return { status: response.status, type: response.headers.get('content-type'), body: await response.json() };
    },
    status: async (orderId: string) =>
      (await select<{ status: string }>('SELECT status FROM payments WHERE order_id = ?', [orderId]))[0]?.status,
    /** The events told about an order, in their order. */
    said: async (orderId: string) =>
      (await select<{ type: string }>('SELECT type FROM outbox WHERE correlation_id = ? ORDER BY seq', [orderId])).map(
        ({ type }) => type,
      ),
    /** All charges of an order, as we know them and as the provider does. */
    books: async (orderId: string) => ({
      ours: await select<{ amount: number; status: string }>(
        'SELECT amount, status FROM charges WHERE order_id = ? ORDER BY charge_id',
        [orderId],
      ),
      theirs: await select<{ amount: number; status: string }>(
        'SELECT t.amount, t.status FROM ??.charges t JOIN payments p USING (payment_id) WHERE p.order_id = ?',
        [ofProvider.database, orderId],
      ),
    }),
    stop: async () => {
      await server.close();
      await provider.stop();
      await Promise.all([scratch.drop(), ofProvider.drop()]);
    },
  };
};

export const succeeded = (paymentId: string, amount = 100, chargeId = `ch_${paymentId}`): PaymentMessage => ({
  type: 'charge-succeeded',
  id: randomUUID(),
  paymentId,
  chargeId,
  amount,
});
