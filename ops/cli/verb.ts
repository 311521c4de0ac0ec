import { isReadOnly, isUnavailable } from '@quadrille/db/errors';
import { parseDuration } from '@quadrille/process/duration';
import { StackError, UsageError } from '@quadrille/process/errors';
import { SettingsError } from '@quadrille/process/settings/error';
import { startTracing } from '@quadrille/process/tracing/start';
import { type Service, services } from '@quadrille/services';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { thisUser } from '../audit-log.ts';
import { type Author, toAuthor } from '../author.ts';
import { type Cluster, openCluster } from '../cluster.ts';
import { oneOf } from '../did-you-mean.ts';
import { readOpsSettings } from '../settings.ts';
import { plain, printError, printJson } from './output.ts';

/** 0: fine. 1: something is found, or failed. 2: the command line or the settings are wrong. */
export type ExitCode = 0 | 1 | 2;

export type Run<Options> = (cluster: Cluster, options: Options, signal: AbortSignal) => Promise<ExitCode>;

/** An operator who repairs something cannot do anything about the collector. */
const silent = { warn: () => {}, info: () => {} };

/** Every verb answers in JSON, too. */
export const jsonOption = ['--json', 'answer in JSON, for machines'] as const;

/** Adds who does it, and why: for verbs that change something. */
export const asOperation = (command: Command): Command =>
  command
    .option('--why <text>', 'why you do it: kept in the audit log')
    .option('--by <name>', 'who does it', thisUser());

/** @throws UsageError when the reason is missing or too long */
export const authorOf = ({ by, why }: { by?: string; why?: string }): Author =>
  toAuthor({ who: by ?? thisUser(), why });

/** Opens what a verb needs, does it, and closes it again. Ctrl-C stops in order; a second one at once. */
export const runVerb = async <Options extends { json?: boolean; why?: string }>(
  options: Options,
  run: Run<Options>,
): Promise<void> => {
  const stop = new AbortController();
  const onSignal = () => {
    // Through npm a Ctrl-C comes twice.
    if (stop.signal.aborted && performance.now() - stoppedAt > 1_000) process.exit(130);
    stoppedAt = performance.now();
    stop.abort(new StackError('it was asked to stop'));
  };
  let stoppedAt = 0;
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  let cluster: Cluster | undefined;
  let endTracing: (() => Promise<void>) | undefined;
  try {
    const settings = readOpsSettings();
    cluster = openCluster(settings);
    // What changes nothing has no spans, and need not wait until all that is loaded.
    if (options.why !== undefined) endTracing = await startTracing('ops', settings.tracing, silent);
    process.exitCode = await run(cluster, options, stop.signal);
  } catch (error) {
    process.exitCode = fail(error, options.json === true);
  } finally {
    await endTracing?.();
    await cluster?.close();
  }
};

/** One line that says what is wrong and what to do. */
const fail = (error: unknown, json: boolean): ExitCode => {
  const message = messageOf(error);
  if (json) printJson({ error: message });
  printError(`quadrille: ${plain(message)}`);
  return error instanceof UsageError || error instanceof SettingsError ? 2 : 1;
};

const messageOf = (error: unknown): string => {
  if (error instanceof UsageError || error instanceof SettingsError || error instanceof StackError)
    return error.message;
  const message = error instanceof Error ? error.message || error.name : String(error);
  const { errno, code, name } = error as { errno?: number; code?: string; name?: string };
  if (errno === 1044 || errno === 1045 || errno === 1049 || errno === 1142 || errno === 1146)
    return `The database turns us away (${message}): run the setup, or start the stack again, to make users and tables of this release.`;
  if (isReadOnly(error)) return `The database takes no writes now (${message}): make it writable, then try again.`;
  if (isUnavailable(error) || code === 'ECONNREFUSED')
    return `The database does not answer (${message || code}): is it running? npm start brings it up.`;
  if (name?.startsWith('KafkaJS'))
    return `Kafka does not answer (${message}): is it running? KAFKA_BROKERS says where it should be.`;
  return message;
};

/** A whole number from `least` up. */
export const whole =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It takes a whole number from ${least} up.`);
    return value;
  };

const span = (text: string): number => {
  const ms = parseDuration(text);
  if (ms === null) throw new InvalidArgumentError('It takes a duration such as 30s, 5m or 2h.');
  return ms;
};

/** How long something may take before it is worth a look. */
export const patience = (description: string): Option =>
  new Option('--patience <duration>', description).argParser(span).default(5 * 60_000, '5m');

/** An option that may be given several times, or with commas. */
export const several = (text: string, before: readonly string[] = []): string[] => [
  ...before,
  ...text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
];

export const toService = (text: string): Service => oneOf('service', text, services);

/** The number of a parked or refused event. */
export const toNumber = (text: string | undefined): number => {
  if (!/^\d{1,15}$/.test(text ?? ''))
    throw new UsageError('An event has a number: quadrille parked list and quadrille refused list show it.');
  return Number(text);
};

export const examples = (lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
