import { findMuteBinlog } from '@quadrille/db/binlog';
import type { RelayOptions } from './options.ts';

/** Says in the log, once for each lead, that the binlog is mute, and which setting makes it so (C4). */
export type MuteTeller = {
  /** @returns whether a setting of the server makes it mute */
  readonly bySettings: () => Promise<boolean>;
  /** Rows were found that it had not told of. */
  readonly byFinds: () => Promise<void>;
};

const elsewhere =
  'no setting of the server says why: look for sessions with sql_log_bin=0 or binlog_transaction_compression=ON';

export const createMuteTeller = ({ pool, log }: Pick<RelayOptions, 'pool' | 'log'>): MuteTeller => {
  let said = false;
  // The relay works on without an answer, only slower.
  const readCauses = () => findMuteBinlog(pool).catch(() => []);
  const say = (causes: readonly string[]) => {
    if (!said)
      log.warn({ causes }, 'the binlog does not tell of writes to this outbox; polling for them until it does');
    said = true;
  };
  return {
    bySettings: async () => {
      const causes = await readCauses();
      if (causes.length > 0) say(causes);
      return causes.length > 0;
    },
    byFinds: async () => {
      const causes = await readCauses();
      say(causes.length > 0 ? causes : [elsewhere]);
    },
  };
};
