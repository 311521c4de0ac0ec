/** What the payment page asks the customer, beside whether to pay. The first option is preselected. */
export type Question = {
  readonly title: string;
  readonly label: string;
  readonly hint: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
};

/** The provider's own page, to which the customer goes to pay. */
export type Checkout = {
  /** `https://HOST`: the payment page sends the browser there, and to no other site. */
  readonly origin: string;
  /** ISO 4217 in lower case, such as `eur`. */
  readonly currency: string;
};

/** What to charge, and for which payment. */
export type ChargeRequest = {
  readonly paymentId: string;
  readonly orderId: string;
  /** In minor units. */
  readonly amount: number;
  /** The customer's answer to the question. */
  readonly answer: string | undefined;
  /** After this time the payment cannot be made. */
  readonly expiresAt: Date;
};

/**
 * Where the customer goes on. `wait`: to the payment page, which waits for the result. `checkout`: to this page of the provider. `declined`: the
 * provider will never make this charge.
 */
export type Next =
  | { readonly kind: 'wait' }
  | { readonly kind: 'checkout'; readonly url: string }
  | { readonly kind: 'declined'; readonly why: string };

/** The result of a charge or a refund. `chargeId` is the provider's, and `amount` is in minor units. */
export type ChargeResult =
  | ({ readonly type: 'charge-succeeded' | 'charge-refunded' } & ChargeOf & { readonly amount: number })
  | { readonly type: 'charge-declined'; readonly paymentId: string };

export type ChargeOf = { readonly paymentId: string; readonly chargeId: string };

/**
 * What a webhook says. `ignored`: the provider has sent it, and it is about nothing that concerns us. `forged`: the provider has not sent it, or
 * not lately. `malformed`: signed, but without what it has to say.
 */
export type Webhook =
  | { readonly kind: 'result'; readonly result: ChargeResult }
  | { readonly kind: 'ignored'; readonly type: string }
  | { readonly kind: 'forged' | 'malformed'; readonly why: string };

/** The company that moves the money, as pay sees it. It repeats each webhook until pay has answered with 2xx. */
export type PaymentProvider = {
  /** null: the page asks nothing. */
  readonly question: Question | null;
  /** null: the customer pays on our payment page. */
  readonly checkout: Checkout | null;
  /** Asks for the money; the result comes by a webhook. There is one charge for each payment: asking again changes nothing. */
  readonly charge: (request: ChargeRequest) => Promise<Next>;
  /** Asks for a charge to be given back in full. Asking again is safe. null: the result comes by a webhook. */
  readonly refund: (charge: ChargeOf) => Promise<ChargeResult | null>;
  /** Reads a webhook, whose signature is checked before a byte of its body is read. @param now ms since 1970 */
  readonly readWebhook: (request: { headers: Headers; body: Uint8Array }, now: number) => Webhook;
  readonly stop: () => Promise<void>;
};
