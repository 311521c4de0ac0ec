import { topics } from '@quadrille/contracts/catalogue';
import type { Event } from '@quadrille/contracts/event';
import type { ParkedEvent } from '@quadrille/db/parked';
import type { Participant } from '@quadrille/participant/decide';
import { decodeHeaders } from '@quadrille/participant/parked-event';
import { definitions, forEachService, type Service, services } from '@quadrille/services';
import type { Order } from '@quadrille/services/order/schema';
import { order } from '@quadrille/services/order/store';
import type { Payment } from '@quadrille/services/pay/schema';
import { payWith } from '@quadrille/services/pay/store';
import { audit, type Evidence, unsettled } from './audit.ts';
import { drawIntent, startAsking, startCustomer } from './customers.ts';
import { drawTroubles, forge, injectFaults, spoiler, troubleNames } from './faults.ts';
import { plantGoods } from './goods.ts';
import { type Instance, startInstance } from './instance.ts';
import { createKafka } from './memory-kafka.ts';
import { ascending, createDatabase, type Database } from './memory-storage.ts';
import type { Decide, Mutation } from './mutation.ts';
import { handlingParked, type Supervised, startOperator } from './operator.ts';
import { startProvider } from './provider.ts';
import { randomFrom } from './random.ts';
import { startRelay } from './relay.ts';
import { expireOrders, seeToPayments } from './sweeps.ts';
import { Violation } from './violation.ts';
import { startWatch, type Watch } from './watch.ts';
import { createWorld, type Process, type World } from './world.ts';

/** What happened in one run, or in many. */
export type RunResult = {
  readonly steps: number;
  /** ms of virtual time. */
  readonly lasted: number;
  /** How orders ended, what went wrong, what became of events: how often each. */
  readonly counts: Readonly<Record<string, number>>;
};

/** From here on nothing more goes wrong (ms), and everything must come to rest ... */
const calm = 25_000;
/** ... within this time. */
const patience = 600_000;

/**
 * Some orders from their submission to their end, in a system where everything goes wrong that can.
 * @throws Violation when a promise is broken
 */
export const simulateRun = async (
  seed: number,
  mutation: Mutation = {},
  tell: (now: number, process: string, line: () => string) => void = () => {},
): Promise<RunResult> => {
  const random = randomFrom(seed);
  const world = createWorld(random, tell);
  const isCalm = () => world.now() >= calm;
  const troubles = drawTroubles(world);
  const drawn = { ...troubles };
  const kafka = createKafka(world);
  const pay = payWith(random.pick([random.between(3_000, 20_000), 40_000]));
  let steps = 0;
  const counts: Record<string, number> = {};
  const count = (what: string, times = 1) => {
    counts[what] = (counts[what] ?? 0) + times;
  };

  const databases = createDatabases(world, mutation, {
    losesAnswer: () => !isCalm() && troubles.lostAnswers > 0 && random.chance(0.01) && troubles.lostAnswers-- > 0,
    onCommit: (service, committed) => {
      for (const { attempts } of committed.parked)
        count(attempts > 0 ? 'parked: cannot be applied' : 'parked: behind another');
      for (const { action } of committed.traced) count(`parked: then ${action}`);
      count('events said', committed.said.length);
      try {
        watch.committed(service, committed);
      } catch (violation) {
        world.end(violation);
      }
    },
  });
  plantGoods(databases);
  const watch: Watch = startWatch(databases);

  const exposed = new Set<Process>();
  const mayInject = (process: Process) => !isCalm() && exposed.has(process);
  const injectAt = injectFaults(world, troubles, mayInject);
  world.trouble = (process) => {
    steps++;
    injectAt(process);
  };
  const broker = world.newProcess('broker', 0);
  /** Starts a process, and another in its place whenever it dies. */
  const supervise = (name: string, launch: (process: Process) => void) => {
    const process = world.newProcess(name, random.pick([0, 1, 3, 20, 150]));
    exposed.add(process);
    process.onDeath.push(() => {
      world.start(broker, async () => {
        await world.sleep(random.between(200, 4_000));
        supervise(name, launch);
      });
    });
    launch(process);
  };

  const originals = new Map<string, Buffer>();
  const originalOf = ({ headers }: ParkedEvent) => originals.get(String(decodeHeaders(headers).ce_id));
  const allSupervised: Supervised[] = [];
  const throughs: Record<string, () => boolean> = {};
  const rebalances: (() => void)[] = [];

  const runService = <State extends object, E extends Event>(
    participant: Participant<State, E>,
    sweep?: (execute: Instance<State>['execute']) => Promise<void>,
  ): Instance<State>['execute'] => {
    const name = participant.name as Service;
    const database = databases[name];
    const storage = mutation.storage?.(database.storage, database) ?? database.storage;
    const group = kafka.group(name, [...new Set(participant.subscribes.map(({ topic }) => topic))]);
    throughs[name] = group.isThrough;
    rebalances.push(group.rebalance);
    const released = deployed(world, troubles.bug, participant, mutation.rules?.[name]);
    const supervised: Supervised = {
      database,
      alarmedAt: Number.NEGATIVE_INFINITY,
      handleParked: handlingParked(world, database, { storage, participant: released }, originalOf),
    };
    allSupervised.push(supervised);
    const alarm = () => {
      supervised.alarmedAt = world.now();
    };
    const instances: Instance<State>[] = [];
    for (let index = random.between(0, 1); index >= 0; index--)
      supervise(`${name} ${index + 1}`, (process) => {
        instances[index] = startInstance({
          ...{ world, kafka, group, broker, process, storage, participant: released, alarm, count },
          batchLimit: random.pick([1, 3, 10, 50]),
          offsets: mutation.offsets ?? 'right',
          ...(sweep && { sweep }),
        });
      });
    return async (command) => {
      const [first, ...others] = instances;
      return first ? random.pick([first, ...others]).execute(command) : null;
    };
  };

  const execute = runService(order, (run) => expireOrders(world, databases.order, run));
  for (const { name, participant, drawCommand } of definitions) {
    if (name === 'order' || name === 'pay') continue;
    const ask = runService(participant({ env: {} }));
    if (drawCommand) startAsking(world, world.newProcess(`people of ${name}`, 0), ask, drawCommand);
  }
  const executeAtPay = runService(pay, (run) => seeToPayments(world, databases.pay, pay, provider, run));

  const spoil = spoiler(world, troubles, isCalm, originals);
  for (const service of services)
    for (const index of [1, 2])
      supervise(`relay ${index} of ${service}`, (process) =>
        startRelay({
          ...{ world, kafka, database: databases[service], process, spoil },
          holder: `${process.name} ${random.uuid()}`,
          order: mutation.relay ?? 'right',
          onPublished: watch.published,
        }),
      );

  const provider = startProvider(
    world,
    world.newProcess('provider', 0),
    async (orderId, message) => (await executeAtPay({ ...message, correlationId: orderId })) !== null,
  );

  const submitted: string[] = [];
  const ordersOf = () => databases.order.rows<Order>(order.state.order.rows);
  const shop = {
    execute,
    executeAtPay,
    order: (orderId: string) => ordersOf().find((row) => row.orderId === orderId),
    payment: (orderId: string) =>
      databases.pay.rows<Payment>(pay.state.payment.rows).find((row) => row.orderId === orderId),
    deadline: random.pick([random.between(1_000, 10_000), 30_000, 60_000]),
  };
  const customers = world.newProcess('customer', 0);
  const rush = random.pick([50, 8_000, 8_000]);
  const crowd = random.between(2, random.pick([3, 6, 12]));
  for (let customer = 0; customer < crowd; customer++)
    startCustomer(world, customers, shop, provider, drawIntent(world, rush), (orderId) => submitted.push(orderId));

  startOperator(world, world.newProcess('operator', 1), allSupervised);
  const schedule = world.newProcess('fault schedule', 0);
  const inject = (times: number, what: () => void) => {
    for (; times > 0; times--)
      world.start(schedule, async () => {
        await world.sleep(random.between(0, calm - 1));
        what();
      });
  };
  inject(drawn.absences, () => {
    troubles.absences--;
    const database = databases[random.pick(services)];
    const ms = random.pick([50, 700, 6_000]);
    world.tell(() => `the database of ${database.name} is AWAY for ${ms} ms`);
    database.goAway(ms);
  });
  inject(drawn.rebalances, () => {
    troubles.rebalances--;
    random.pick(rebalances as [() => void, ...(() => void)[]])();
  });
  inject(drawn.forged, () => {
    troubles.forged--;
    forge(world, kafka, topics as [string, ...string[]], submitted[Math.floor(random.next() * submitted.length)]);
  });

  const evidence = (): Evidence => ({
    crowd,
    databases,
    submitted,
    charges: [...provider.charges.values()],
    watch,
  });
  world.start(world.newProcess('auditor', 0), async () => {
    await world.sleep(calm);
    for (;;) {
      await world.sleep(250);
      const isThrough = (service: Service) => throughs[service]?.() === true;
      const open = unsettled({ ...evidence(), isThrough });
      if (open.length === 0) break;
      if (world.now() > calm + patience) throw new Violation(`it does not come to rest: ${open.join('; ')}`);
    }
    audit(evidence());
    world.end();
  });

  await world.run();
  for (const { status, reasonCode } of ordersOf())
    count(reasonCode ? `orders ${status}: ${reasonCode}` : `orders ${status}`);
  for (const [what, name] of Object.entries(troubleNames))
    count(name, drawn[what as keyof typeof troubleNames] - troubles[what as keyof typeof troubleNames]);
  if (troubles.bug) count('trouble: rules with a bug');
  return { steps, lasted: world.now(), counts };
};

type Databases = Readonly<Record<Service, Database>>;

const createDatabases = (
  world: World,
  mutation: Mutation,
  hooks: {
    losesAnswer: () => boolean;
    onCommit: (service: Service, committed: Parameters<Watch['committed']>[1]) => void;
  },
): Databases => {
  const create = (name: Service) =>
    createDatabase({
      world,
      name,
      losesAnswer: hooks.losesAnswer,
      onCommit: (committed) => hooks.onCommit(name, committed),
      sorted: mutation.sorted ?? ascending,
    });
  return forEachService(create);
};

/** A service as it runs at this moment: with its mutation, and its bug until it is mended. */
const deployed = <State extends object, E extends Event>(
  world: World,
  bug: { readonly service: string; readonly mendedAt: number; readonly share: number } | null,
  participant: Participant<State, E>,
  mutate: ((decide: Decide) => Decide) | undefined,
): Participant<State, E> => {
  const decide = (mutate?.(participant.decide as unknown as Decide) ?? participant.decide) as Participant<
    State,
    E
  >['decide'];
  if (bug?.service !== participant.name) return { ...participant, decide };
  const concerns = new Map<string, boolean>();
  return {
    ...participant,
    decide: (state, event, now) => {
      const concerned = concerns.get(event.correlationId) ?? world.random.chance(bug.share);
      concerns.set(event.correlationId, concerned);
      if (concerned && world.now() < bug.mendedAt) throw new TypeError('a bug in a rule');
      return decide(state, event, now);
    },
  };
};
