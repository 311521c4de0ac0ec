import type { Event } from '@quadrille/contracts/event';
import type { Storage } from '@quadrille/db/storage';
import { applyBatch } from '@quadrille/participant/apply';
import { arrive, passesOver } from '@quadrille/participant/arrival';
import { waitAfter } from '@quadrille/participant/backoff';
import { watchBadShare } from '@quadrille/participant/bad-share';
import type { Participant } from '@quadrille/participant/decide';
import { type Halt, TooManyBadEvents } from '@quadrille/participant/halt';
import type { Delivered, Input, Outcome } from '@quadrille/participant/input';
import type { Command } from '@quadrille/participant/participant';
import { report, reportParked, reportParking } from '@quadrille/participant/report';
import { applyForCertain } from '@quadrille/participant/resilient';
import { mostParked } from '@quadrille/participant/skipping';
import type { Group, Kafka } from './memory-kafka.ts';
import type { Order } from './mutation.ts';
import { newSignal, type Process, type World } from './world.ts';

/** One running copy of a service. */
export type Instance<State> = {
  readonly process: Process;
  /** As over HTTP. null: no answer came, and nobody knows what happened. */
  readonly execute: (command: Command<State>) => Promise<State | null>;
};

const sessionTimeout = 6_000;
const answerTimeout = 3_000;

/** Starts what `startParticipant` starts, around the same runtime. The mutations are applied by the caller. */
export const startInstance = <State extends object, E extends Event>(options: {
  world: World;
  kafka: Kafka;
  group: Group;
  /** Learns of deaths. */
  broker: Process;
  process: Process;
  storage: Storage;
  participant: Participant<State, E>;
  batchLimit: number;
  offsets: Order;
  /** Somebody must look. */
  alarm: () => void;
  count: (what: string) => void;
  /** Does what the service does by the clock; answers when there is nothing more to do now. */
  sweep?: (execute: Instance<State>['execute']) => Promise<void>;
}): Instance<State> => {
  const { world, kafka, group, broker, process, storage, participant, batchLimit, offsets, alarm, count, sweep } =
    options;
  const say = (level: string) => (fields: unknown, message?: unknown) => {
    const { orderId } = fields as { orderId?: string };
    world.tell(() => `${level}: ${orderId ? `order ${orderId}: ` : ''}${message ?? fields}`);
    if (level === 'error') alarm();
  };
  const log = {
    debug: say('debug'),
    info: say('info'),
    warn: say('warn'),
    error: say('error'),
    isLevelEnabled: () => true,
  };
  const app = {
    storage,
    participant,
    log,
    badShare: watchBadShare(),
    limits: { mostParked },
    halted: async (halt: Halt | null) => {
      if (halt) throw new TooManyBadEvents(halt);
    },
    parking: (input: Input<State, E>, cause: string) => reportParking(log, input, cause),
    committed: (inputs: readonly Input<State, E>[], outcomes: readonly Outcome<State>[]) =>
      inputs.forEach((input, index) => {
        const outcome = outcomes[index];
        if (!outcome) return;
        report(log, participant, input, outcome);
        if (outcome.kind === 'applied' || outcome.kind === 'duplicate') count(`events: ${outcome.kind}`);
      }),
    retrying: () => {},
    wait: (attempt: number) => {
      const ms = waitAfter(attempt, world.random.next());
      return { ms, over: () => world.sleep(ms) };
    },
  };
  const isUnheard = passesOver(participant);

  const take = async (records: readonly Delivered[]) => {
    const heard = records.filter((record) => !isUnheard(record));
    if (heard.length === 0) return;
    await applyForCertain(
      app,
      heard.map((record) => arrive(participant, record)),
    );
  };

  const consume = async () => {
    const member = group.join();
    process.onDeath.push(() =>
      world.start(broker, async () => {
        await world.sleep(sessionTimeout);
        member.leave();
      }),
    );
    for (;;) {
      const records = member.poll(batchLimit);
      if (records.length === 0) {
        member.commit();
        await world.wait(kafka.grew, 1_000);
        continue;
      }
      await world.step();
      if (offsets === 'right') await take(records);
      member.moveOn(records);
      // Offsets are committed by age, and not after each batch.
      if (world.random.chance(0.5)) member.commit();
      if (offsets === 'wrong') await take(records);
    }
  };

  const execute = async ({ name, correlationId, traceparent, keys, decide }: Command<State>): Promise<State | null> => {
    const input = { name, correlationId, traceparent, keys, decide, event: null, delivery: null };
    const [outcome] = await applyBatch(storage, participant, [input]);
    if (outcome) report(log, participant, input, outcome);
    return outcome?.kind === 'applied' ? outcome.state : null;
  };

  world.start(process, async () => {
    await reportParked(log, storage);
    try {
      await consume();
    } catch (error) {
      if (!(error instanceof TooManyBadEvents)) throw error;
      say('error')(error.message);
      world.kill(process);
    }
  });
  if (sweep)
    world.start(process, async () => {
      for (;;) {
        await world.sleep(1_000);
        await sweep((command) => execute(command).catch(() => null));
      }
    });

  return {
    process,
    execute: async (command) => {
      const answer: { state: State | null } = { state: null };
      const answered = newSignal();
      world.start(process, async () => {
        answer.state = await execute(command).catch(() => null);
        world.notify(answered);
      });
      await world.wait(answered, answerTimeout);
      return answer.state;
    },
  };
};
