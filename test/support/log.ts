import { createLog, type Log } from '@quadrille/process/log';

/** For code that wants to log where a test does not want to read. */
export const silentLog = (): Log => {
  const log = createLog('test');
  log.level = 'silent';
  return log;
};
