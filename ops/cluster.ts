import { connect, type Pool } from '@quadrille/db/connect';
import { createClient } from '@quadrille/kafka/client';
import { createPublisher, type Publisher } from '@quadrille/kafka/producer';
import type { ServiceHandle } from '@quadrille/participant/handle';
import { StackError } from '@quadrille/process/errors';
import { createLog } from '@quadrille/process/log';
import type { Source } from '@quadrille/process/settings/source';
import { definitionOf, forEachService, type Service, services } from '@quadrille/services';
import { databaseUrlOf } from '@quadrille/services/databases';
import type { OpsSettings } from './settings.ts';

type Kafka = ReturnType<typeof createClient>;

/** A service's own rules, by its name. */
export type HandleOfService = ServiceHandle & { readonly name: Service };
export type ServiceHandles = Readonly<Record<Service, HandleOfService>>;

/** The rules of all services. @throws SettingsError when a setting that rules depend on is wrong */
export const handlesWith = (rules: Source): ServiceHandles =>
  forEachService((name) => ({ ...definitionOf(name).handle(rules), name }));

/** The running system, as people see it who look after it. */
export type Cluster = {
  readonly brokers: readonly string[];
  readonly kafka: Kafka;
  /** What the names of the consumer groups begin with. */
  readonly groupPrefix: string;
  /** Each service's database, with a user that can only read. */
  readonly read: Readonly<Record<Service, Pool>>;
  readonly auditLog: Pool;
  /**
   * A service's database with the rights of the service.
   * @throws StackError when these are not set
   */
  readonly writable: (service: Service) => Pool;
  /** Publishes into topics; close it after use. */
  readonly publisher: () => Publisher;
  /** The rules of each service. */
  readonly handles: ServiceHandles;
  readonly close: () => Promise<void>;
};

/** Connects lazily: what is not asked need not be there. */
export const openCluster = ({ brokers, groupPrefix, reading, auditLog, acting, rules }: OpsSettings): Cluster => {
  const log = createLog('ops');
  // What went wrong is said where it matters; stdout is for answers.
  log.level = 'silent';
  const pools: Pool[] = [];
  const open = (url: string): Pool => {
    const pool = connect(url, 4);
    pools.push(pool);
    return pool;
  };
  const writable = new Map<Service, Pool>();
  return {
    brokers,
    groupPrefix,
    // A person waits for the answer: few tries.
    kafka: createClient(brokers, 'ops', log, { retry: { initialRetryTime: 100, retries: 4 } }),
    read: forEachService((service) => open(reading[service])),
    auditLog: open(auditLog),
    writable: (service) => {
      const url = acting[service];
      if (!url)
        throw new StackError(
          `To write to ${service}, set ${databaseUrlOf(service)} to what the service gets as DATABASE_URL.`,
        );
      const pool = writable.get(service) ?? open(url);
      writable.set(service, pool);
      return pool;
    },
    publisher: () => createPublisher((connecting) => createClient(brokers, 'ops', log, connecting)),
    handles: handlesWith(rules),
    close: async () => {
      // A connection that never came about cannot be ended, and need not be.
      await Promise.allSettled(pools.map((pool) => pool.end()));
    },
  };
};

/** Asks all four services at once. */
export const ofEach = async <Answer>(ask: (service: Service) => Promise<Answer>): Promise<Record<Service, Answer>> =>
  Object.fromEntries(await Promise.all(services.map(async (service) => [service, await ask(service)]))) as Record<
    Service,
    Answer
  >;
