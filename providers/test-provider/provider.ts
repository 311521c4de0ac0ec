import type { PaymentMessage } from '@quadrille/contracts/payments-http';
import type { Pool } from '@quadrille/db/connect';
import { startSweeper } from '@quadrille/participant/sweeper';
import type { Log } from '@quadrille/process/log';
import { createQueue } from '@quadrille/process/queue';
import type { PaymentProvider, Question } from '../provider.ts';
import { sign } from '../webhook.ts';
import { accept, dueAmong, findDue, giveBack, move, tellAgain, told } from './charges.ts';
import { readWebhookWith } from './read-webhook.ts';
import { type Charge, type Outcome, outcomes } from './schema.ts';

const labels: Record<Outcome, string> = {
  success: 'Success: the money moves',
  decline: 'Decline: the provider refuses',
  slow: 'Slow: the money moves after 5 seconds',
  twice: 'Twice: the money moves once, and we are told twice',
  never: 'Never: no answer comes',
};

const question: Question = {
  title: 'Test provider',
  label: 'Outcome',
  hint: 'No real money moves. Choose how the provider behaves.',
  options: outcomes.map((value) => ({ value, label: labels[value] })),
};

const outcomeOf = (answer: string | undefined): Outcome => outcomes.find((outcome) => outcome === answer) ?? 'success';

const atOnce = 100;

/**
 * A payment provider that moves no real money and behaves as its customer chooses, for trying out and testing. Otherwise it does as real
 * ones do: it keeps charges of its own, has one charge for each payment, and tells of it by signed messages that it repeats until they are
 * answered with 2xx. A restart forgets nothing.
 * @param pool of the provider's own database
 * @param secrets the first signs the messages, each verifies them
 * @param url where to send them
 */
export const startTestProvider = (options: {
  pool: Pool;
  secrets: readonly [string, ...string[]];
  url: string;
  log: Log;
}): PaymentProvider => {
  const { pool, secrets, url, log } = options;
  const stopping = new AbortController();

  const send = async (charge: Charge): Promise<void> => {
    const message = messageOf(charge);
    const body = Buffer.from(JSON.stringify(message));
    const headers = { 'content-type': 'application/json', ...sign(secrets[0], message.id, body, Date.now()) };
    const signal = AbortSignal.any([stopping.signal, AbortSignal.timeout(10_000)]);
    const response = await fetch(url, { method: 'POST', headers, body, signal, redirect: 'error' });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the shop answered ${response.status}`);
  };

  const tell = async (charge: Charge): Promise<void> => {
    try {
      await send(charge);
      if (charge.outcome === 'twice') await send(charge);
      await told(pool, charge);
    } catch (error) {
      const { paymentId, attempts } = charge;
      log.warn({ err: error, paymentId, attempt: attempts + 1 }, 'test provider: the shop was not told; trying again');
      await tellAgain(pool, charge);
    }
  };

  const work = createQueue<string, void>(async (paymentIds) => {
    const due = await dueAmong(pool, paymentIds);
    // All at once: the database writes their commits to disk together.
    await Promise.all(due.filter(({ status }) => status === 'accepted').map((charge) => move(pool, charge)));
    await Promise.all((await dueAmong(pool, paymentIds)).map(tell));
    return paymentIds.map(() => undefined);
  }, atOnce);

  /** Now, rather than when the sweeper looks. */
  const hurry = (paymentId: string): void => {
    work.add([paymentId]).catch((error: unknown) => log.warn({ err: error }, 'test provider: the sweep makes it good'));
  };

  const sweeper = startSweeper({
    what: 'test provider: charges to see to',
    every: 1_000,
    work: async () => {
      const due = await findDue(pool, atOnce);
      await work.add(due);
      return due.length;
    },
    log,
  });

  return {
    question,
    checkout: null,
    charge: async ({ paymentId, amount, answer }) => {
      if (await accept(pool, { paymentId, amount, outcome: outcomeOf(answer) })) hurry(paymentId);
      return { kind: 'wait' };
    },
    refund: async (charge) => {
      await giveBack(pool, charge);
      hurry(charge.paymentId);
      return null;
    },
    readWebhook: readWebhookWith(secrets),
    stop: async () => {
      stopping.abort();
      await sweeper.stop();
      await work.idle();
    },
  };
};

const messageOf = ({ status, webhookId, paymentId, chargeId, amount }: Charge): PaymentMessage => {
  const about = { id: String(webhookId), paymentId };
  switch (status) {
    case 'charged':
      return { type: 'charge-succeeded', ...about, chargeId, amount };
    case 'declined':
      return { type: 'charge-declined', ...about };
    case 'refunded':
      return { type: 'charge-refunded', ...about, chargeId, amount };
    case 'accepted':
      throw new Error('there is nothing to tell yet');
  }
};
