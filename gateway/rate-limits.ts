import { HttpError } from '@quadrille/process/problem';
import type { Rate } from '@quadrille/process/settings/types';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { Client } from './client.ts';

export type RateLimits = {
  /** Counts a call. @returns headers that say how many are left @throws HttpError 429 */
  readonly take: (client: Partial<Client>) => Promise<Readonly<Record<string, string>>>;
};

type Policy = {
  readonly name: keyof Client;
  readonly announced: string;
  readonly limiter: RateLimiterMemory;
};

/**
 * How many calls each address, user and API key may make in a time. Counted in the memory of this gateway: of several, each gives every
 * caller the whole rate. The headers are those of the IETF's draft "RateLimit header fields for HTTP".
 */
export const createRateLimits = (rates: Readonly<Record<keyof Client, Rate | undefined>>): RateLimits => {
  const policies = (['address', 'user', 'key'] as const).flatMap((name): Policy[] => {
    const rate = rates[name];
    if (!rate) return [];
    const seconds = Math.ceil(rate.ms / 1_000);
    const limiter = new RateLimiterMemory({ points: rate.count, duration: seconds });
    return [{ name, announced: `"${name}";q=${rate.count};w=${seconds}`, limiter }];
  });

  return {
    take: async (client) => {
      const counted = await Promise.all(
        policies.flatMap(({ name, announced, limiter }) => {
          const who = client[name];
          if (who === undefined) return [];
          return [
            count(limiter, name === 'address' ? networkOf(who) : who).then((left) => ({ name, announced, ...left })),
          ];
        }),
      );
      if (counted.length === 0) return {};
      const headers = {
        'ratelimit-policy': counted.map(({ announced }) => announced).join(', '),
        ratelimit: counted.map(({ name, remaining, seconds }) => `"${name}";r=${remaining};t=${seconds}`).join(', '),
      };
      const violated = counted.filter(({ isOver }) => isOver);
      if (violated.length === 0) return headers;
      const retryAfter = String(Math.max(...violated.map(({ seconds }) => seconds)));
      throw new HttpError(429, 'Too many calls. Nothing was done.', {
        headers: { ...headers, 'retry-after': retryAfter },
        members: { 'violated-policies': violated.map(({ name }) => name) },
      });
    },
  };
};

const count = async (limiter: RateLimiterMemory, who: string) => {
  // Whoever is over the limit is told so by a rejection.
  const result = await limiter.consume(who).then(
    (left) => ({ isOver: false, left }),
    (left: unknown) => {
      if (left instanceof RateLimiterRes) return { isOver: true, left };
      throw left;
    },
  );
  const seconds = Math.max(1, Math.ceil(result.left.msBeforeNext / 1_000));
  return { isOver: result.isOver, remaining: result.left.remainingPoints, seconds };
};

/** A household has 2^64 addresses of IPv6, and counts as one: its first four groups. */
const networkOf = (address: string): string => {
  if (!address.includes(':')) return address;
  const [before = '', after] = address.split('::');
  const groups = before === '' ? [] : before.split(':');
  const last = after === undefined || after === '' ? [] : after.split(':');
  const zeros = after === undefined ? [] : Array.from({ length: 8 - groups.length - last.length }, () => '0');
  return [...groups, ...zeros, ...last].slice(0, 4).join(':');
};
