import { randomUUID } from 'node:crypto';
import type { Event } from '@quadrille/contracts/event';
import { describe, expect, it } from 'vitest';
import type { Participant } from '../decide.ts';
import type { Input, Outcome } from '../input.ts';
import { reportBatch } from '../report.ts';

type State = { readonly status: string };
const participant = { status: ({ status }: State) => status } as unknown as Participant<State, Event>;

const commandNamed = (name: string): Input<State, Event> => ({
  ...{ name, correlationId: randomUUID(), event: null, delivery: null, traceparent: undefined },
  decide: () => ({}),
});
const applied = (status: string): Outcome<State> => ({ kind: 'applied', state: { status }, emitted: [] });

const linesOf = (
  inputs: readonly Input<State, Event>[],
  outcomes: readonly Outcome<State>[],
  level: 'info' | 'debug',
) => {
  const lines: (readonly [string, Record<string, unknown>, string])[] = [];
  const write = (name: string) => (fields: unknown, text?: string) =>
    void lines.push([name, fields as Record<string, unknown>, String(text)]);
  const log = { debug: write('debug'), info: write('info'), warn: write('warn') };
  const isLevelEnabled = (asked: string) => asked === 'info' || level === 'debug';
  reportBatch(
    { ...log, isLevelEnabled } as unknown as Parameters<typeof reportBatch>[0],
    participant,
    inputs,
    outcomes,
  );
  return lines;
};

describe('the log of a batch', () => {
  it('has a line for each of a few events, with its order', () => {
    const inputs = Array.from({ length: 10 }, () => commandNamed('submit'));
    const lines = linesOf(
      inputs,
      inputs.map(() => applied('submitted')),
      'info',
    );
    expect(lines).toHaveLength(10);
    expect(lines[3]).toEqual(['info', { orderId: inputs[3]?.correlationId }, 'submit: submitted']);
  });

  it('of many has one for each kind, with their number; what is not applied is told one by one', () => {
    const inputs = Array.from({ length: 40 }, (_, index) => commandNamed(index < 30 ? 'submit' : 'cancel'));
    const outcomes = inputs.map(
      (_, index): Outcome<State> =>
        index === 39 ? { kind: 'waiting' } : applied(index < 30 ? 'submitted' : 'cancelling'),
    );
    expect(linesOf(inputs, outcomes, 'info')).toEqual([
      ['warn', { orderId: inputs[39]?.correlationId }, 'cancel: parked behind an earlier event of its order'],
      ['info', { events: 30 }, 'submit: submitted'],
      ['info', { events: 9 }, 'cancel: cancelling'],
    ]);
  });

  it('of many has all of them at debug', () => {
    const inputs = Array.from({ length: 40 }, () => commandNamed('submit'));
    expect(
      linesOf(
        inputs,
        inputs.map(() => applied('submitted')),
        'debug',
      ),
    ).toHaveLength(40);
  });
});
