import { z } from 'zod';
import { parseDuration } from '../duration.ts';

/** The kinds of values that settings have. Each message says what is allowed, and never the value: it may be a secret. */

export const port = z.coerce.number('a port number').int().min(0).max(65535);

/** How many of something there are. */
export const count = z.coerce.number('a whole number, 1 or more').int().min(1);

/** A switch: `true` or `false`, in quadrille.yaml also without quotes. */
export const onOff = z
  .union([z.boolean(), z.enum(['true', 'false'])], 'true or false')
  .transform((given) => given === true || given === 'true');

/** A part of a whole. */
export const share = z.coerce.number('a number from 0 to 1').min(0).max(1);

/** Several values: separated by commas in the environment, as a list or in the same way in quadrille.yaml. */
export const list = z
  .union([z.array(z.string()), z.string()], 'a list separated by commas')
  .transform((given) => (typeof given === 'string' ? given.split(',') : given).map((item) => item.trim()))
  .refine(
    (items) => items.length > 0 && items.every((item) => item !== ''),
    'a list separated by commas, without empty places',
  );

export const mysqlUrl = z.url({ protocol: /^mysql$/, error: 'a URL such as mysql://user:password@host:3306/database' });

export const mysqlUrls = list.pipe(mysqlUrl.array());

export const httpUrl = z.url({ protocol: /^https?$/, error: 'a URL such as http://localhost:8080' });

/** A duration such as `500ms`, `90s`, `15m`, `24h`, `7d`; becomes milliseconds. */
export const duration = z.string('a duration such as 500ms, 90s, 15m, 24h or 7d').transform((text, context): number => {
  const ms = parseDuration(text);
  if (ms === null) context.addIssue({ code: 'custom', message: 'a duration such as 500ms, 90s, 15m, 24h or 7d' });
  return ms ?? z.NEVER;
});

/** What names of consumer groups may begin with. */
export const groupPrefix = z
  .string()
  .regex(/^[\w.-]{1,100}$/, 'letters, digits, dots, underscores and hyphens, at most 100');

export const logLevel = z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']);

/** A value, or `off`: there is none. @param says what the value may be */
export const orOff = <Value>(type: z.ZodType<Value>, says: string) =>
  z.union([z.literal('off').transform(() => undefined), type], `off, or ${says}`);

export const countOrOff = orOff(count, 'a whole number, 1 or more');

export const durationOrOff = orOff(duration, 'a duration such as 500ms, 90s, 15m, 24h or 7d');

/** So many in a time, such as 600 a minute. */
export type Rate = { readonly count: number; readonly ms: number };

const rate = z.string().transform((text, context): Rate => {
  const [, count, time = ''] = /^([1-9]\d{0,8})\/(.+)$/.exec(text) ?? [];
  const ms = parseDuration(time);
  if (ms === null || ms < 1_000) context.addIssue({ code: 'custom', message: 'a rate such as 600/1m' });
  return { count: Number(count), ms: ms ?? z.NEVER };
});

export const rateOrOff = orOff(rate, 'a rate such as 600/1m or 20/1s');
