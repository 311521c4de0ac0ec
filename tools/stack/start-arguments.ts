import { parseArgs } from 'node:util';
import { messageOf, UsageError } from '@quadrille/process/errors';
import { exampleNames } from './examples.ts';
import { type BrokerCount, brokerCounts } from './kafka-cluster.ts';
import { isProcessName, type ProcessName, processNames } from './process-env.ts';

export type StartArguments = {
  fresh: boolean;
  quiet: boolean;
  help: boolean;
  printConfig: boolean;
  without: ProcessName[];
  /** Undefined: as many as the data folder has. */
  brokers: BrokerCount | undefined;
};

export const startUsage = `npm start -- [--with NAMES] [--fresh] [--brokers N] [--without NAME]... [--quiet] [--print-config]

Brings up Kafka, a database and every process, and keeps them running until Ctrl-C.

  --with NAMES    let examples join: ${exampleNames().join(',')} (docs/tutorials)
  --fresh         begin anew: delete all data first
  --brokers N     how many brokers Kafka has: 1 or 3 (1; the data folder remembers it)
  --without NAME  leave a process out (${processNames.join(', ')}); start it alone later with npm run service -- NAME
  --quiet         show warnings and errors only
  --print-config  print all settings, where each comes from, and no secret; start nothing

Settings of the processes come from the environment or from quadrille.yaml (docs/settings.md).

Environment:
  GATEWAY_PORT     port of the gateway (8080)
  KAFKA_BROKERS    use this Kafka (HOST:PORT, ...) instead of an own one
  KAFKA_REPLICATION  how many of its brokers hold each event (3, or as many as there are)
  MYSQL_URL        use this MySQL or MariaDB (mysql://USER:PASSWORD@HOST:PORT) instead of an own one
  DATABASE_SERVER  which database of its own: mariadb or mysql (mariadb)
  QUADRILLE_CONFIG  the file with the settings (quadrille.yaml, if there is one)
  QUADRILLE_DIR    data folder (.quadrille)
  QUADRILLE_CACHE  where downloads are kept (~/.cache/quadrille)
  LOG_LEVEL, KAFKA_GROUP_PREFIX, ORDER_DEADLINE, PAYMENT_EXPIRY,
  OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG  settings of the processes`;

export const parseStartArguments = (args: string[]): StartArguments => {
  const { fresh, quiet, help, without, brokers, 'print-config': printConfig } = parse(args);
  return {
    fresh,
    quiet,
    help,
    printConfig,
    without: without.map(parseProcessName),
    brokers: parseBrokerCount(brokers),
  };
};

function parse(args: string[]) {
  const options = {
    fresh: { type: 'boolean', default: false },
    brokers: { type: 'string' },
    quiet: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
    'print-config': { type: 'boolean', default: false },
    without: { type: 'string', multiple: true, default: [] as string[] },
  } as const;
  try {
    return parseArgs({ args, options, allowPositionals: false }).values;
  } catch (error) {
    // Node's own message goes on with advice on how to quote.
    const what = /^[^']*'[^']*'/.exec(messageOf(error))?.[0] ?? 'The arguments';
    throw new UsageError(
      `${what} cannot be understood: the options are --with NAMES, --fresh, --brokers N, --without NAME, --quiet, --print-config and --help.`,
    );
  }
}

const parseBrokerCount = (text: string | undefined): BrokerCount | undefined => {
  const count = brokerCounts.find((known) => String(known) === text);
  if (text === undefined || count !== undefined) return count;
  throw new UsageError(`Kafka cannot have "${text}" brokers here: --brokers takes ${brokerCounts.join(' or ')}.`);
};

export const parseProcessName = (name: string): ProcessName => {
  if (isProcessName(name)) return name;
  throw new UsageError(`There is no process "${name}": the names are ${processNames.join(', ')}.`);
};
