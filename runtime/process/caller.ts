import { HttpError } from './problem.ts';

/** What people and programs may be, beside a customer: staff look after goods and coupons, an operator may act for every user. */
export const roles = ['customer', 'staff', 'operator'] as const;
export type Role = (typeof roles)[number];

/** Who calls, as the gateway has found out. `anyone`: login is off, and whoever reaches the gateway may act for every user. */
export type Caller =
  | { readonly kind: 'anyone' }
  | { readonly kind: 'customer'; readonly id: string; readonly userId: number }
  /** `userId` null: they have no orders of their own. */
  | { readonly kind: 'staff' | 'operator'; readonly id: string; readonly userId: number | null };

/**
 * The headers that tell a service who calls. They come from the gateway alone: it hands on none of its client's headers but a few, and a
 * service answers only calls that carry the token of the system.
 */
const kindHeader = 'caller-kind';
const idHeader = 'caller-id';
const userHeader = 'caller-user';

/** For calls of the gateway to a service. */
export const callerHeaders = (caller: Caller): Readonly<Record<string, string>> => ({
  [kindHeader]: caller.kind,
  ...(caller.kind !== 'anyone' && {
    [idHeader]: encodeURIComponent(caller.id),
    ...(caller.userId !== null && { [userHeader]: String(caller.userId) }),
  }),
});

/**
 * Who calls a service. A call without these headers comes from a gateway without login.
 * @throws Error when they are no caller's
 */
export const readCaller = (headers: Headers): Caller => {
  const kind = headers.get(kindHeader) ?? 'anyone';
  if (kind === 'anyone') return { kind };
  const id = decodeURIComponent(headers.get(idHeader) ?? '');
  const userId = readUserId(headers.get(userHeader));
  if (kind === 'customer' && userId !== null) return { kind, id, userId };
  if (kind === 'staff' || kind === 'operator') return { kind, id, userId };
  throw new Error(`the headers ${kindHeader} and ${userHeader} name no caller`);
};

/** The number of a user, from a header, a claim or a key; null: it is none. */
export const readUserId = (value: unknown): number | null => {
  const number = typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : null;
};

/** Whether a caller may do what takes this role. An operator may all; staff may order like a customer. */
export const isEnough = ({ kind }: Caller, needed: Role): boolean =>
  kind === 'anyone' || kind === 'operator' || kind === needed || (kind === 'staff' && needed === 'customer');

/** @throws HttpError 403 */
export const requireRole = (caller: Caller, needed: Role): void => {
  if (!isEnough(caller, needed)) throw new HttpError(403, `This takes the role ${needed}. You are a ${caller.kind}.`);
};

/**
 * The only user whose orders the caller may see and change; null: those of every user.
 * @throws HttpError 403 for one who has none
 */
export const ownerFor = (caller: Caller): number | null => {
  if (caller.kind === 'anyone' || caller.kind === 'operator') return null;
  if (caller.userId !== null) return caller.userId;
  throw new HttpError(403, 'Your login names no user, so it has no orders and no coupons');
};
