import type { Event } from '@quadrille/contracts/event';
import { connect, type Pool } from '@quadrille/db/connect';
import { checkDurability, WeakDurability } from '@quadrille/db/durability';
import { countParked } from '@quadrille/db/parked';
import { createWriteCheck } from '@quadrille/db/readiness';
import { type Api, serveHttp } from '@quadrille/process/http';
import { type Lifecycle, runProcess } from '@quadrille/process/lifecycle';
import { reportPort } from '@quadrille/process/listen';
import { groupPrefix, httpHost, list, mysqlUrl, port, readSettings } from '@quadrille/process/settings';
import { systemToken } from '@quadrille/process/system-token';
import type { Participant } from './decide.ts';
import { exposeMetrics } from './expose-metrics.ts';
import { type ParticipantDeps, type RunningParticipant, startParticipant } from './participant.ts';

/** What a service is made of, besides its rules. */
export type ServiceParts<State extends object, E extends Event> = Pick<ParticipantDeps<State>, 'onCommitted'> & {
  readonly participant: Participant<State, E>;
  /** Starts the service's sweepers, and answers its own HTTP calls, if it has any. */
  readonly start?: (running: RunningParticipant<State>) => Api | undefined;
};

export type ServiceDeps = Omit<Lifecycle, 'fail'> & { readonly pool: Pool };

/**
 * The whole `main` of a service: settings, database, consumer, HTTP server, shutdown.
 * @param build makes the service's parts; reads settings of its own, if it has any
 */
export const runService = <State extends object, E extends Event>(
  name: string,
  build: (deps: ServiceDeps) => ServiceParts<State, E>,
): void =>
  runProcess(name, async ({ log, onStop, fail }: Lifecycle) => {
    const settings = readSettings({
      DATABASE_URL: mysqlUrl,
      KAFKA_BROKERS: list,
      KAFKA_GROUP_PREFIX: groupPrefix,
      HTTP_HOST: httpHost,
      HTTP_PORT: port.default(8080),
      SYSTEM_TOKEN: systemToken,
    });

    const pool = connect(settings.DATABASE_URL);
    onStop('database', () => pool.end());
    inspectDatabase(pool, { log, fail });

    const { participant, onCommitted, start } = build({ pool, log, onStop });
    const service = await startParticipant(participant, {
      pool,
      brokers: settings.KAFKA_BROKERS,
      groupPrefix: settings.KAFKA_GROUP_PREFIX,
      log,
      onCrash: fail,
      ...(onCommitted && { onCommitted }),
    });
    onStop('participant', service.stop);
    exposeMetrics(service.metrics, async () => (await countParked(pool)).failed);

    const http = await serveHttp({
      host: settings.HTTP_HOST,
      port: settings.HTTP_PORT,
      isReady: service.isReady,
      obstacle: createWriteCheck(pool),
      api: start?.(service),
      systemToken: settings.SYSTEM_TOKEN,
    });
    onStop('http', http.close);
    reportPort(http.port);
    log.info({ port: http.port }, `${name} service started`);
  });

/** Whether the database may be trusted, as soon as it can be asked; in production a weak one ends the process. */
const inspectDatabase = (pool: Pool, { log, fail }: Pick<Lifecycle, 'log' | 'fail'>): void => {
  checkDurability(pool, (weakness) => log.warn(weakness)).catch((error: unknown) => {
    if (error instanceof WeakDurability) return fail(error);
    setTimeout(() => inspectDatabase(pool, { log, fail }), 5_000).unref();
  });
};
