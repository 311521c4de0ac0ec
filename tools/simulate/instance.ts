import type { Event } from '@quadrille/contracts/event';
import type { Storage } from '@quadrille/db/storage';
import { waitAfter } from '@quadrille/participant/backoff';
import type { Participant } from '@quadrille/participant/decide';
import { TooManyBadEvents } from '@quadrille/participant/halt';
import { reportParked } from '@quadrille/participant/report';
import { type Command, createRuntime } from '@quadrille/participant/runtime';
import { createTally } from '@quadrille/participant/tally';
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

/** Starts the runtime of a service, with a consumer of the simulated Kafka. The mutations are applied by the caller. */
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
  const runtime = createRuntime(participant, {
    ...{ storage, log },
    tally: {
      ...createTally(),
      count: (outcomes) => {
        for (const { kind } of outcomes) if (kind === 'applied' || kind === 'duplicate') count(`events: ${kind}`);
      },
    },
    wait: (attempt) => {
      const ms = waitAfter(attempt, world.random.next());
      return { ms, over: () => world.sleep(ms) };
    },
    halted: async (halt) => {
      if (halt) throw new TooManyBadEvents(halt);
    },
    inBatches: (run) => ({ add: run, idle: async () => {} }),
  });

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
      if (offsets === 'right') await runtime.handle(records);
      member.moveOn(records);
      // Offsets are committed by age, and not after each batch.
      if (world.random.chance(0.5)) member.commit();
      if (offsets === 'wrong') await runtime.handle(records);
    }
  };

  const execute = (command: Command<State>): Promise<State | null> => runtime.execute(command).catch(() => null);

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
        await sweep(execute);
      }
    });

  return {
    process,
    execute: async (command) => {
      const answer: { state: State | null } = { state: null };
      const answered = newSignal();
      world.start(process, async () => {
        answer.state = await execute(command);
        world.notify(answered);
      });
      await world.wait(answered, answerTimeout);
      return answer.state;
    },
  };
};
