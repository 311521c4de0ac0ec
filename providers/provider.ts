/** What the payment page asks the customer, beside whether to pay. The first option is preselected. */
export type Question = {
  readonly title: string;
  readonly label: string;
  readonly hint: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
};

/**
 * The company that moves the money, as pay sees it. Its calls return nothing: the result of a charge or a refund comes by the signed webhook
 * (contracts/payments-http.ts), and is repeated until pay has answered with 2xx.
 */
export type PaymentProvider = {
  /** null: the page asks nothing. */
  readonly question: Question | null;
  /** Asks for the money. There is one charge for each payment: asking again does nothing. */
  readonly charge: (request: { paymentId: string; amount: number; answer: string | undefined }) => Promise<void>;
  /** Asks for a charge to be given back in full. Asking again is safe, and brings the answer again. */
  readonly refund: (charge: { paymentId: string; chargeId: string }) => Promise<void>;
  readonly stop: () => Promise<void>;
};
