import { topicLifetime } from '@quadrille/kafka/topic-shape';
import { SettingsError } from '@quadrille/process/settings/error';
import { describe, expect, it } from 'vitest';
import { silentLog } from '../../test/support/log.ts';
import { checkRetention, createInboxGuard } from '../maintenance.ts';

const day = 86_400_000;
const outbox = 7 * day;

describe('R21: inboxes remember longer than an event can come again', () => {
  it('settings by which they would forget too early are refused', () => {
    expect(() => checkRetention({ outbox, inbox: outbox + topicLifetime - 1 })).toThrow(SettingsError);
    expect(() => checkRetention({ outbox, inbox: outbox + topicLifetime })).not.toThrow();
  });

  it.each([
    ['for as long as it reckons with', topicLifetime, true],
    ['for longer, so that inboxes would forget too early', topicLifetime + 7 * day, false],
    ['for ever', Number.POSITIVE_INFINITY, false],
  ])('the broker is asked, too: it keeps events %s', async (_, lifetime, may) => {
    const mayPurge = createInboxGuard(async () => lifetime, { outbox, inbox: 21 * day }, silentLog());
    expect(await mayPurge()).toBe(may);
  });
});
