/** Something that a customer can choose about how to pay. */
export type Choice = { readonly value: string; readonly label: string };

/**
 * Whoever moves the money, as pay sees it. It answers nothing here: what became of a charge or a refund it tells by the signed webhook
 * (contracts/payments-http.ts), as often as it takes.
 */
export type PaymentProvider = {
  /** What the payment page offers to choose from; the first is preselected. */
  readonly choices: readonly Choice[];
  /** Asks for the money. There is one charge for each payment: asking again does nothing. */
  readonly charge: (request: { paymentId: string; amount: number; choice: string | undefined }) => Promise<void>;
  /** Asks for a charge to be given back in full. Asking again is safe, and brings the answer again. */
  readonly refund: (charge: { paymentId: string; chargeId: string }) => Promise<void>;
  readonly stop: () => Promise<void>;
};
