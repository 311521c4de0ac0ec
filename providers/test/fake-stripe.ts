import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOn } from '@quadrille/process/listen';
import Stripe from 'stripe';

export const stripeSecret = 'whsec_bm90aGluZyBidXQgYSB0ZXN0IG9mIG91cnM=';

type Session = { readonly id: string; readonly intent: string; readonly amount: number; readonly paymentId: string };
type Answer = { readonly status: number; readonly body: object };

/**
 * What pay uses of Stripe's API, with a memory: sessions, refunds, idempotency keys. Its answers have the fields that Stripe's own stand-in gives
 * (stripe-mock, which knows all parameters but remembers nothing), cut to those that are read.
 * @param webhook where it sends its events
 */
export const startFakeStripe = async (webhook: () => string) => {
  const answered = new Map<string, { readonly params: string; readonly answer: Answer }>();
  const sessions = new Map<string, Session>();
  const refundedAmounts = new Map<string, number>();
  const calls: { path: string; params: URLSearchParams }[] = [];
  let lostAnswers = 0;

  const error = (status: number, code: string, message: string): Answer => ({
    status,
    body: { error: { type: 'invalid_request_error', code, message } },
  });

  const createSession = (params: URLSearchParams): Answer => {
    const amount = Number(params.get('line_items[0][price_data][unit_amount]'));
    if (amount < 50) return error(400, 'amount_too_small', 'The amount must be at least €0.50.');
    const paymentId = String(params.get('payment_intent_data[metadata][paymentId]'));
    const session = { id: `cs_${sessions.size + 1}`, intent: `pi_${sessions.size + 1}`, amount, paymentId };
    sessions.set(paymentId, session);
    const url = `https://checkout.stripe.com/c/pay/${session.id}`;
    return { status: 200, body: { id: session.id, object: 'checkout.session', url } };
  };

  const createRefund = (params: URLSearchParams): Answer => {
    const intent = String(params.get('payment_intent'));
    const session = [...sessions.values()].find((each) => each.intent === intent);
    if (!session) return error(404, 'resource_missing', `No such payment_intent: '${intent}'`);
    if (refundedAmounts.has(intent)) return error(400, 'charge_already_refunded', 'Charge has already been refunded.');
    refundedAmounts.set(intent, session.amount);
    return {
      status: 200,
      body: { object: 'refund', amount: session.amount, payment_intent: intent, status: 'succeeded' },
    };
  };

  const answerTo = ({ method, url = '' }: IncomingMessage, params: URLSearchParams): Answer => {
    const { pathname } = new URL(url, 'http://stripe');
    const intent = /^\/v1\/payment_intents\/(\w+)$/.exec(pathname)?.[1];
    if (method === 'GET' && intent) {
      const charge = { object: 'charge', amount_refunded: refundedAmounts.get(intent) ?? 0 };
      return { status: 200, body: { id: intent, object: 'payment_intent', latest_charge: charge } };
    }
    calls.push({ path: pathname, params });
    if (method === 'POST' && pathname === '/v1/checkout/sessions') return createSession(params);
    if (method === 'POST' && pathname === '/v1/refunds') return createRefund(params);
    return error(404, 'resource_missing', `Unrecognized request URL (${method}: ${pathname})`);
  };

  const answerOnce = async (request: IncomingMessage): Promise<Answer> => {
    const params = await text(request);
    const key = request.headers['idempotency-key'];
    if (request.method !== 'POST' || typeof key !== 'string') return answerTo(request, new URLSearchParams(params));
    const known = answered.get(key);
    if (known && known.params !== params)
      return { status: 400, body: { error: { type: 'idempotency_error', message: 'other parameters' } } };
    const answer = known?.answer ?? answerTo(request, new URLSearchParams(params));
    answered.set(key, { params, answer });
    return answer;
  };

  const server = createServer(async (request, response) => {
    const { status, body } = await answerOnce(request);
    if (lostAnswers > 0) {
      lostAnswers -= 1;
      request.socket.destroy();
      return;
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  const port = await listenOn(server, { host: '127.0.0.1', port: 0 });

  const tell = (type: string, object: object, secret = stripeSecret): Promise<Response> => {
    const event = { id: 'evt_1', object: 'event', type, data: { object } };
    const payload = JSON.stringify(event);
    const signature = Stripe.webhooks.generateTestHeaderString({ payload, secret });
    const headers = { 'content-type': 'application/json', 'stripe-signature': signature };
    return fetch(webhook(), { method: 'POST', headers, body: payload });
  };

  const sessionOf = (paymentId: string): Session => {
    const session = sessions.get(paymentId);
    if (!session) throw new Error(`there is no session for the payment ${paymentId}`);
    return session;
  };

  return {
    url: new URL(`http://127.0.0.1:${port}`),
    calls,
    tell,
    /** The event about a session of this payment. */
    tellOfSession: (type: string, paymentId: string, changes: object = {}, secret?: string) => {
      const { id, intent, amount } = sessionOf(paymentId);
      const metadata = { paymentId };
      const session = { id, payment_status: 'paid', payment_intent: intent, amount_total: amount, metadata };
      return tell(type, { ...session, ...changes }, secret);
    },
    /** Somebody gives the money back by Stripe's own pages. */
    refundByHand: (paymentId: string) => {
      const { intent, amount } = sessionOf(paymentId);
      refundedAmounts.set(intent, amount);
      return tell('charge.refunded', { payment_intent: intent, amount_refunded: amount, metadata: { paymentId } });
    },
    isRefunded: (paymentId: string) => refundedAmounts.has(sessionOf(paymentId).intent),
    /** Does what it is asked, and breaks the connection in place of the answer. */
    loseAnswers: (count: number) => {
      lostAnswers = count;
    },
    /** As after a day, when Stripe removes the keys. */
    forgetKeys: () => answered.clear(),
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
};
