import { type OrderStatus, orderStatus } from '@quadrille/contracts/orders-http';
import { parseMoment } from '@quadrille/ops/moment';
import { UsageError } from '@quadrille/process/errors';
import type { FieldError } from '@quadrille/process/problem';

/** Which orders are asked for. */
export type OrderFilter = {
  /** The beginning of an order id. */
  readonly id?: string;
  readonly status?: OrderStatus;
  readonly user?: number;
  readonly product?: number;
  readonly reason?: string;
  /** Submitted then or later. */
  readonly from?: Date;
  /** Submitted before. */
  readonly to?: Date;
  /** The order that the page before ended with. */
  readonly before?: string;
};

const fields = ['id', 'status', 'user', 'product', 'reason', 'from', 'to', 'before'] as const;
export type FilterField = (typeof fields)[number];

export type FilterQuestion = {
  /** As it was asked, to be shown again. */
  readonly given: Readonly<Partial<Record<FilterField, string>>>;
  readonly filter: OrderFilter;
  readonly errors: readonly FieldError[];
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Eight digits of an id are some 65 seconds; fewer would be half the table. */
const beginning = /^[0-9a-f]{8}(-[0-9a-f-]{0,27})?$/;

const readNumber = (text: string): number => {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError('must be a whole number, 1 or more');
  return Number(text);
};

const readers: { readonly [Field in FilterField]: (text: string, now: Date) => OrderFilter[Field] } = {
  id: (text) => {
    const id = text.toLowerCase();
    if (!beginning.test(id))
      throw new UsageError('must be an order id or its beginning, eight digits (0-9, a-f) or more');
    return id;
  },
  status: (text) => {
    const status = orderStatus.safeParse(text);
    if (!status.success) throw new UsageError(`must be one of ${orderStatus.options.join(', ')}`);
    return status.data;
  },
  user: readNumber,
  product: readNumber,
  reason: (text) => {
    if (!/^[a-z0-9-]{1,64}$/.test(text)) throw new UsageError('must be a reason code such as insufficient-stock');
    return text;
  },
  from: parseMoment,
  to: parseMoment,
  before: (text) => {
    if (!uuid.test(text)) throw new UsageError('must be an order id');
    return text;
  },
};

/**
 * The filter in a query; every fault in it is named, none is passed over.
 * @param hidden fields that the viewer may not filter by: the answer would show what they may not see
 */
export const readFilter = (query: URLSearchParams, hidden: readonly FilterField[], now: Date): FilterQuestion => {
  const given: Partial<Record<FilterField, string>> = {};
  const found: Record<string, unknown> = {};
  const errors: FieldError[] = [];
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name).map((value) => value.trim());
    const field = fields.find((known) => known === name);
    const [text = ''] = values;
    if (!field) {
      errors.push({ field: name, message: `is no filter: there are ${fields.join(', ')}` });
      continue;
    }
    given[field] = text.slice(0, 100);
    if (text === '') continue;
    if (values.length > 1) errors.push({ field, message: 'is given more than once' });
    else if (hidden.includes(field)) errors.push({ field, message: 'takes the role operator' });
    else
      try {
        found[field] = readers[field](text, now);
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        errors.push({ field, message: error.message });
      }
  }
  const filter = found as OrderFilter;
  if (filter.from && filter.to && filter.from >= filter.to)
    errors.push({ field: 'to', message: 'must be later than from' });
  return { given, filter, errors };
};

type Query = Readonly<Record<string, string | undefined>>;

/** A filter as a query, to ask the same again. */
export const toQuery = (given: Query, change: Query = {}): string => {
  const entries = Object.entries({ ...given, ...change }).filter(([, text]) => text);
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries as [string, string][])}`;
};
