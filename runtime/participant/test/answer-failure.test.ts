import { describe, expect, it } from 'vitest';
import { silentLog } from '../../../test/support/log.ts';
import { answerFailure } from '../answer-failure.ts';

const answer = async (error: object) => {
  const response = answerFailure(silentLog())(Object.assign(new Error('what the driver says'), error));
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.json() };
};

describe('what a service answers when a call threw', () => {
  it.each([1290, 1792, 1836, 3032])('C1: for error %i 503, and when to come again', async (errno) => {
    const body = { error: 'the database is read-only' };
    expect(await answer({ errno, sqlState: 'HY000' })).toEqual({ status: 503, retryAfter: '1', body });
  });

  it('C1: for a database that is away the same', async () => {
    const body = { error: 'the database is away' };
    expect(await answer({ code: 'ECONNREFUSED' })).toEqual({ status: 503, retryAfter: '1', body });
  });

  it('C1: for a fault of ours 500, for which waiting is no use', async () => {
    expect(await answer({ errno: 1064, sqlState: '42000' })).toMatchObject({ status: 500, retryAfter: null });
  });
});
