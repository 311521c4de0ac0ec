import type { Event } from '@quadrille/contracts/event';
import { connect } from '@quadrille/db/connect';
import { serveHealth } from '@quadrille/process/health';
import { type Lifecycle, runProcess } from '@quadrille/process/lifecycle';
import { httpHost, list, mysqlUrl, port, readSettings } from '@quadrille/process/settings';
import type { Participant } from './decide.ts';
import { startParticipant } from './participant.ts';

/**
 * The whole `main` of a service that only reacts to events: settings, database, consumer, health, shutdown.
 * @param describe makes the participant; reads settings of its own, if it has any
 */
export const runService = <State extends object, E extends Event>(
  name: string,
  describe: () => Participant<State, E>,
): void =>
  runProcess(name, async ({ log, onStop, fail }: Lifecycle) => {
    const settings = readSettings({
      DATABASE_URL: mysqlUrl,
      KAFKA_BROKERS: list,
      HTTP_HOST: httpHost,
      HTTP_PORT: port.default(8080),
    });
    const participant = describe();

    const pool = connect(settings.DATABASE_URL);
    onStop('database', () => pool.end());

    const service = await startParticipant(participant, {
      pool,
      brokers: settings.KAFKA_BROKERS,
      log,
      onCrash: fail,
    });
    onStop('participant', service.stop);

    const health = await serveHealth({
      host: settings.HTTP_HOST,
      port: settings.HTTP_PORT,
      isReady: service.isReady,
    });
    onStop('health', health.close);
    log.info({ port: health.port }, `${name} service started`);
  });
