import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { forEachService } from '@quadrille/services';
import { root } from '@quadrille/stack/root';
import { describe, expect, it } from 'vitest';
import { describeOperation, describeOperations } from '../cli/audit-log.ts';
import { describeLag } from '../cli/lag.ts';
import { describeParked } from '../cli/parked.ts';
import { describeReconcile } from '../cli/reconcile.ts';
import { describeReplay, describeResult } from '../cli/replay.ts';
import { describePassing } from '../cli/tail.ts';
import { toMermaid } from '../cli/trace-mermaid.ts';
import { describeTrace } from '../cli/trace-text.ts';
import { describeVerify } from '../cli/verify.ts';

const esc = '\u001b';
/** Without these colours of ours. */
const without = (text: string, codes: string) => text.replaceAll(new RegExp(`${esc}\\[(${codes})m`, 'g'), '');

const nasty = 'x\u001b[2J\u001b[1;31m\nfake row\r\u009b31m\u0007\u007f\u202eabc\u2028y';
// biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
const effects = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** The same answer, with all its free text replaced. */
const spoiled = <Value>(value: Value, text: string, keep: ReadonlySet<string>, name = ''): Value => {
  if (typeof value === 'string') return (keep.has(name) ? value : text) as Value;
  if (Array.isArray(value)) return value.map((each) => spoiled(each, text, keep, name)) as Value;
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, spoiled(each, text, keep, key)])) as Value;
};

const orderId = '0198c0de-0000-7000-8000-000000000000';
const time = '2026-01-31T12:00:00.000Z';
const service = 'stock' as const;
const delivery = { service, takenAt: null, latency: null };
const event = {
  ...{ id: orderId, type: 'order-created', publisher: 'order', time, causationId: null, data: { a: 'b' } },
  ...{ publication: 'refused' as const, refusal: 'too large', sinceCause: 3, compensation: false },
  deliveries: [
    { ...delivery, parked: null },
    { ...delivery, parked: { seq: 1, cause: 'bad', attempts: 1, since: time, discardedAt: null } },
    { ...delivery, parked: { seq: 1, cause: 'bad', attempts: 1, since: time, discardedAt: time } },
  ],
};
const finding = { id: 'abc', kind: 'divergence' as const, what: 'x', orderId };
const operation = {
  ...{ id: 1, verb: 'replay', who: 'olga', why: 'because', lease: 'x', status: 'done' as const },
  ...{ startedAt: new Date(0), endedAt: null, what: { a: 'b' }, outcome: { c: 'd' }, cursor: null },
};
const member = { clientId: 'warehouse', host: 'h', topics: ['t'], partitions: ['t/1'] };
const lag = {
  ...{ at: time, patience: 1, stuck: { orders: 0, oldest: null, oldestMs: null } },
  open: { waiting: 0, waitingMs: null, completedMs: null, fromFuture: 0 },
  services: [
    {
      service,
      consumer: {
        ...{ groupId: 'g', state: 'PreparingRebalance', members: 1, foreign: [member], unassigned: [], missing: [] },
        ...{ records: 2, topics: [{ topic: 't', records: 2, partitions: [] }] },
      },
      ...{ unreceived: { skipped: 1, late: 0 }, outbox: { events: 0, oldestMs: null, refused: 1 }, relay: null },
      ...{ parked: { failed: 1, waiting: 0, oldestMs: 1 }, halts: [], clockMs: 0 },
    },
  ],
  problems: [{ service, what: 'another application: client "warehouse"' }],
};
const effectsOf = { 'already-applied': 0, 'already-parked': 0, applies: 1, refuses: 0, parks: 0, queues: 0 };
const trace = {
  ...{
    orderId,
    order: null,
    holds: forEachService(() => 'reserved'),
    events: [event],
    traces: [{ id: '0af7651916cd43dd8448eb211c80319c', sampled: true }],
    took: 3,
    fromTopics: 0,
  },
  waitsFor: { for: 'stock' as const, what: 'stock to process', since: time, ms: 3 },
};
const counts = { compared: 1, missing: 1, taken: 0, skipped: 0, republished: 0 };

/** What each verb prints, with which of its texts are known words of ours. */
const printed: Readonly<Record<string, (text: string) => string>> = {
  trace: (text) =>
    describeTrace(spoiled(trace, text, new Set(['publication', 'service', 'for', 'time', 'since'])), true),
  'trace --mermaid': (text) => toMermaid(spoiled(trace, text, new Set(['publication', 'service', 'for']))),
  lag: (text) => describeLag(spoiled(lag, text, new Set(['service']))),
  reconcile: () => describeReconcile(forEachService(() => counts)),
  verify: (text) => {
    const checked = { orders: 1, events: 1, products: 1 };
    const accepted = { ...finding, who: 'olga', why: 'why', acceptedAt: time };
    const report = {
      ...{ balanced: false, startedAt: time, tookMs: 1, checked, moving: 0, underWay: 0, counts: { divergence: 1 } },
      findings: [{ ...finding, event: { ...event, service: 'stock', what: 'x' } }],
      ...{ accepted: [accepted], outdated: [{ ...accepted, acceptedAt: new Date(0) }] },
    };
    return describeVerify(spoiled(report, text, new Set(['kind'])));
  },
  tail: (text) => {
    const place = { topic: 't', partition: 1, offset: '1' };
    const data = { x: 'y' };
    const passing = {
      ...place,
      event: { ...event, topic: 't', version: 1, correlationId: orderId, traceparent: '', data },
    };
    return [
      describePassing(spoiled(passing, text, new Set()), true),
      describePassing({ ...place, broken: text }, true),
    ].join('\n');
  },
  replay: (text) => {
    const told = {
      effect: 'applies' as const,
      emits: ['a'],
      because: 'b',
      status: 's',
      type: 't',
      orderId,
      id: orderId,
    };
    const done = { events: 1, effects: effectsOf, stopped: 'it', operation: 1 };
    return [
      describeResult(spoiled({ ...told, time }, text, new Set(['effect'])), false),
      describeReplay(spoiled(done, text, new Set()), false),
    ].join('\n');
  },
  parked: (text) =>
    describeParked(
      spoiled(
        {
          ...{
            service,
            seq: 1,
            type: 'a',
            orderId,
            topic: 't',
            partition: 1,
            offset: 1,
            eventId: orderId,
            parkedAt: time,
          },
          ...{ attempts: 1, behind: 0, cause: 'c', key: 'k', headers: { a: 'b' }, payload: 'p' },
          history: [{ action: 'edited' as const, by: 'olga', why: 'x', at: time }],
        },
        text,
        new Set(['service', 'action']),
      ),
    ),
  auditLog: (text) =>
    [
      describeOperations([spoiled(operation, text, new Set())]),
      describeOperation(spoiled(operation, text, new Set())),
    ].join('\n'),
};

describe('what the command line prints', () => {
  it.each(Object.keys(printed))('D5: %s has as many lines as it should, whatever it quotes', (name) => {
    const linesOf = (text: string) => printed[name]?.(text).split('\n').length;
    expect(linesOf(nasty)).toBe(linesOf('x'));
  });

  /** As the operator's terminal gets it. */
  const written = (code: string) => {
    const file = JSON.stringify(join(root, 'ops/cli/output.ts'));
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', `import * as output from ${file}; const nasty = ${JSON.stringify(nasty)}; ${code}`],
      { encoding: 'utf8', env: { PATH: process.env.PATH, FORCE_COLOR: '1' } },
    );
    return stdout + stderr;
  };

  it('D5: keeps our own colours and nothing else that has an effect', () => {
    const text = written("output.print(output.paint('red', nasty) + ' ' + output.plain(nasty))");
    expect(text.startsWith('\u001b[31m')).toBe(true);
    expect(without(text, '31|39')).not.toMatch(effects);
    expect(text).toContain('\\u001b[2J');
    expect(text.trim().split('\n')).toHaveLength(1);
  });

  it('D5: forgets nothing where somebody forgot to ask for it: tables, plain lines, errors, colours inside colours', () => {
    const text = written(
      "output.print(output.table([['a', 'b'], [nasty, output.paint('bold', output.paint('red', nasty))]])); output.print(nasty.replace('\\n', '')); output.printError(output.plain(nasty))",
    );
    expect(without(text, '1|22|31|39')).not.toMatch(effects);
    expect(text.trim().split('\n')).toHaveLength(4);
  });

  it('D5: is JSON that says the same, without effects', () => {
    const text = written('output.printJson({ [nasty]: nasty }); output.printJsonLine({ nasty })');
    expect(text).not.toMatch(effects);
    const last = text.trim().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toEqual({ nasty });
  });
});
