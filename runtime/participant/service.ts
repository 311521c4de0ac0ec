import type { Event } from '@quadrille/contracts/event';
import { connect, type Pool } from '@quadrille/db/connect';
import { checkDurability, WeakDurability } from '@quadrille/db/durability';
import { createWriteCheck } from '@quadrille/db/readiness';
import { type GuardedCalls, guardCalls } from '@quadrille/process/guarded-calls';
import { type Api, serveHttp } from '@quadrille/process/http';
import { type Lifecycle, runProcess } from '@quadrille/process/lifecycle';
import { reportPort } from '@quadrille/process/listen';
import { createLoad } from '@quadrille/process/load';
import type { Settings, ValuesOf } from '@quadrille/process/settings/setting';
import type { Participant } from './decide.ts';
import { exposeMetrics } from './expose-metrics.ts';
import { createBatchMeasure } from './measure-batches.ts';
import { type ParticipantDeps, type RunningParticipant, startParticipant } from './participant.ts';
import { serviceSettings } from './settings.ts';

/** What a service is made of, besides its rules. */
export type ServiceParts<State extends object, E extends Event> = Pick<ParticipantDeps<State>, 'onCommitted'> & {
  readonly participant: Participant<State, E>;
  /** Starts the service's sweepers, and answers its own HTTP calls, if it has any. */
  readonly start?: (running: RunningParticipant<State>) => Api | undefined | Promise<Api>;
};

export type ServiceDeps<Own extends Settings> = Omit<Lifecycle, 'fail'> & {
  readonly pool: Pool;
  readonly settings: ValuesOf<Own>;
  /** For calls to a system that is not ours; never for the service's own database, where waiting heals. */
  readonly guard: (options: Pick<Parameters<typeof guardCalls>[0], 'to' | 'atOnce' | 'isSilence'>) => GuardedCalls;
};

/**
 * The whole `main` of a service: settings, database, consumer, HTTP server, shutdown.
 * @param own the settings that its manifest declares
 * @param build makes the service's parts
 */
export const runService = <State extends object, E extends Event, Own extends Settings>(
  name: string,
  own: Own,
  build: (deps: ServiceDeps<Own>) => ServiceParts<State, E>,
): void =>
  runProcess(name, { common: serviceSettings(name), own }, async ({ common, own: settings }, lifecycle) => {
    const { log, onStop, fail } = lifecycle;
    const pool = connect(common.databaseUrl);
    onStop('database', () => pool.end());
    inspectDatabase(pool, { log, fail });

    const guard: ServiceDeps<Own>['guard'] = (options) =>
      guardCalls({ ...options, inARow: common.circuitBreaker, log });
    const parts = build({ pool, log, onStop, settings: settings as ValuesOf<Own>, guard });
    const { participant, onCommitted, start } = parts;
    const service = await startParticipant(participant, {
      pool,
      brokers: common.brokers,
      groupPrefix: common.groupPrefix,
      log,
      onCrash: fail,
      measure: createBatchMeasure(),
      ...(onCommitted && { onCommitted }),
    });
    onStop('participant', service.stop);
    exposeMetrics(service, pool);

    const load = createLoad(common);
    onStop('load', load.stop);
    const http = await serveHttp({
      host: common.host,
      port: common.port,
      isReady: service.isReady,
      obstacle: createWriteCheck(pool),
      api: await start?.(service),
      systemToken: common.token,
      ...(common.profiling && { profiling: { systemToken: common.token } }),
      load,
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
