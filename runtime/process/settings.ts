import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseDuration } from './duration.ts';

/** The environment is wrong; the message names each variable and what it should be. Never carries a value: it may be a secret. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * Reads settings from the environment, once, at start. `NAME_FILE` names a file that holds the value (Docker and Kubernetes secrets).
 * @throws SettingsError
 */
export const readSettings = <Shape extends z.ZodRawShape>(
  shape: Shape,
  env: NodeJS.ProcessEnv = process.env,
): Readonly<z.output<z.ZodObject<Shape>>> => {
  const raw = Object.fromEntries(Object.keys(shape).map((name) => [name, lookUp(name, env)]));
  const parsed = z.object(shape).safeParse(raw);
  if (parsed.success) return Object.freeze(parsed.data);
  const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new SettingsError(`wrong settings in the environment: ${wrong.join('; ')}`);
};

const lookUp = (name: string, env: NodeJS.ProcessEnv): string | undefined => {
  const file = env[`${name}_FILE`];
  if (file === undefined) return env[name] === '' ? undefined : env[name];
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new SettingsError(`wrong settings in the environment: ${name}_FILE cannot be read`, { cause });
  }
};

export const port = z.coerce.number('a port number').int().min(0).max(65535);

/** How many brokers hold each event. */
export const replication = z.coerce.number('how many brokers hold each event').int().min(1);

/** Several values separated by commas. */
export const list = z
  .string('a list separated by commas')
  .transform((text) => text.split(',').map((item) => item.trim()))
  .refine((items) => items.every((item) => item !== ''), 'a list separated by commas, without empty places');

export const mysqlUrl = z.url({ protocol: /^mysql$/, error: 'a URL such as mysql://user:password@host:3306/database' });

/** A duration such as `500ms`, `90s`, `15m`, `24h`, `7d`; becomes milliseconds. */
export const duration = z.string().transform((text, context): number => {
  const ms = parseDuration(text);
  if (ms === null) context.addIssue({ code: 'custom', message: 'a duration such as 500ms, 90s, 15m, 24h or 7d' });
  return ms ?? z.NEVER;
});

/** What the names of all consumer groups of this system begin with, so that no other application on the same Kafka is taken for a member. */
export const groupPrefix = z
  .string()
  .regex(/^[\w.-]{1,100}$/, 'letters, digits, dots, underscores and hyphens, at most 100')
  .default('quadrille-');

/** The host that HTTP servers bind: this machine only while developing, every address in a container. */
export const httpHost = z.string().default(process.env.NODE_ENV === 'development' ? '127.0.0.1' : '0.0.0.0');
