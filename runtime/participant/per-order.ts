import type { OrderView } from '@quadrille/contracts/orders-http';
import type { Rows } from '@quadrille/db/rows';

/** What every row has that a service keeps of an order. */
export type KeptRow = { readonly orderId: string; readonly status: string };

/** What an order waits for, since when, in words after "waits for". */
export type WaitsFor = { readonly for: string; readonly what: string; readonly since: Date };

/** Something a service keeps, and what it should be by the order: "its reservation", is, should be. */
export type Fact = readonly [what: string, is: unknown, shouldBe: unknown];

/**
 * The table of a service that has one row for each order, and what tools that know no service may ask of a row.
 * The functions are methods: they are only ever given rows that `rows` has read, so tools may handle every service's rows as `KeptRow`.
 */
export type PerOrder<Row extends KeptRow = KeptRow> = {
  readonly rows: Pick<Rows<Row, string>, 'read' | 'readBy' | 'page'>;
  /** Another unique id in this table by which a person may know the order, and what it is the id of. */
  readonly otherId?: { readonly name: string; readonly of: string };
  /** In words, all that has to agree with other services. */
  keeps(row: Row): string;
  /** What must be so while the order is placed (`awaiting-payment`), and when it is paid. `row` undefined: nothing is kept. */
  facts(row: Row | undefined, order: OrderView): readonly Fact[];
  /** What the service still holds for an order that is cancelled; null: nothing, as it should be. */
  leftOver(row: Row): string | null;
  /** What this service waits for that is no event; null: nothing. Absent: it only ever waits for events. */
  waitsFor?(row: Row, now: Date): WaitsFor | null;
};

/** Statements over the service's own tables, which have to agree with each other at every moment. */
export type OwnChecks = {
  /** Each selects what must not be: `what`, in words, and if it is about an order, `orderId`. */
  readonly contradictions: readonly string[];
  /** Selects what is still to be done for an order by another party (a customer, the payment provider): `what`, `orderId`, `since`. Absent: there is no such thing. */
  readonly open?: string;
};
