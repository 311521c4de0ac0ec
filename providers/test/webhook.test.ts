import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { sign, verify, webhookSecrets } from '../webhook.ts';

const current = 'the secret of today, long enough';
const old = 'the secret of last year, long too';
const now = Date.parse('2026-08-25T10:00:00.000Z');
const body = Buffer.from('{"type":"charge-succeeded", "amount": 100}');

const signed = (secret: string, at = now, bytes: Uint8Array = body) => {
  const headers = sign(secret, 'an id', bytes, at);
  return {
    id: 'an id',
    timestamp: headers['webhook-timestamp'],
    signature: headers['webhook-signature'],
    body: bytes,
  };
};

describe('a signed webhook (S10)', () => {
  it('is the HMAC-SHA256 of id.timestamp.rawBody, so that any provider can make it', () => {
    const timestamp = String(now / 1_000);
    const hmac = createHmac('sha256', current).update(`an id.${timestamp}.${body}`).digest('base64');
    expect(sign(current, 'an id', body, now)).toEqual({
      'webhook-id': 'an id',
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${hmac}`,
    });
  });

  it('is believed', () => {
    expect(verify([current], signed(current), now)).toBe(true);
  });

  it.each([
    ['a secret as the specification writes it', `whsec_${Buffer.alloc(32, 'key').toString('base64')}`, {}],
    ['another text, which is itself the key', current, { format: 'raw' as const }],
  ])('is as the Standard Webhooks specification has it, by its own package: %s', (_what, secret, options) => {
    const theirs = new Webhook(secret, options);
    const sentAt = new Date();
    const text = '{"type":"charge-succeeded","text":"é😀"}';
    const bytes = Buffer.from(text);
    const headers = sign(secret, 'msg_1', bytes, sentAt.getTime());
    expect(theirs.verify(text, headers)).toEqual(JSON.parse(text));
    expect(() => theirs.verify(text, { ...headers, 'webhook-id': 'msg_2' })).toThrow();

    const signature = theirs.sign('msg_1', sentAt, text);
    const timestamp = String(Math.floor(sentAt.getTime() / 1_000));
    expect(verify([secret], { id: 'msg_1', timestamp, signature, body: bytes }, sentAt.getTime())).toBe(true);
  });

  it.each([undefined, '', 'another id', 'an id.'])('is not believed with the id %j', (id) => {
    expect(verify([current], { ...signed(current), id }, now)).toBe(false);
  });

  it('is believed whatever its bytes are', () => {
    const bytes = new Uint8Array([0xff, 0x00, 0x0d, 0x0a]);
    expect(verify([current], signed(current, now, bytes), now)).toBe(true);
  });

  it.each([
    ['by any of our secrets', [current, old], signed(old), true],
    ['by any of theirs', [current], { ...signed(current), signature: bothSignatures() }, true],
    ['not by one that is not ours any more', [current], signed(old), false],
    ['not without a secret', [], signed(current), false],
  ])('is believed while secrets are changed: %s', (_case, secrets, message, believed) => {
    expect(verify(secrets, message, now)).toBe(believed);
  });

  it.each([
    ['300 s old', -300_000, true],
    ['301 s old', -301_000, false],
    ['300 s ahead', 300_000, true],
    ['301 s ahead', 301_000, false],
    ['a year old', -31_536_000_000, false],
  ])('is believed within 5 minutes: %s', (_age, offset, believed) => {
    expect(verify([current], signed(current, now + offset), now)).toBe(believed);
  });

  it('is not believed with any bit of it altered', () => {
    for (let byte = 0; byte < body.length; byte++) {
      const altered = Buffer.from(body);
      altered.writeUInt8(altered.readUInt8(byte) ^ 1, byte);
      expect(verify([current], { ...signed(current), body: altered }, now)).toBe(false);
    }
  });

  it('is not believed when it was written anew, though it says the same', () => {
    const again = Buffer.from(JSON.stringify(JSON.parse(body.toString())));
    expect(verify([current], { ...signed(current), body: again }, now)).toBe(false);
  });

  it('is not believed with the time of another, nor when a part of the body moves into the time', () => {
    const { signature } = signed(current);
    expect(verify([current], { ...signed(current), signature, timestamp: String(now / 1_000 + 1) }, now)).toBe(false);
    const shifted = signed(current, now, Buffer.from('0.x'));
    const moved = { ...shifted, timestamp: `${shifted.timestamp}.0`, body: Buffer.from('x') };
    expect(verify([current], moved, now)).toBe(false);
  });

  const good = String(signed(current).signature);
  it.each<[string, string | undefined]>([
    ['none', undefined],
    ['nothing', ''],
    ['no version', good.slice(3)],
    ['another version', good.replace('v1', 'v2')],
    ['hex', `v1,${Buffer.from(good.slice(3), 'base64').toString('hex')}`],
    ['base64url', `v1,${Buffer.from([...Array(32).keys()].map(() => 0xfb)).toString('base64url')}`],
    ['no padding', good.replace(/=+$/, '')],
    ['a byte less', `v1,${Buffer.from(good.slice(3), 'base64').subarray(1).toString('base64')}`],
    ['a byte more', `v1,${Buffer.concat([Buffer.from(good.slice(3), 'base64'), Buffer.from('x')]).toString('base64')}`],
    ['no ASCII', 'v1,é€😀'],
    ['a flood', 'v1,x '.repeat(10_000)],
    ['one hidden behind a flood', `${'v1,x '.repeat(100)}${good}`],
  ])('is not believed with a wrong signature: %s', (_what, signature) => {
    expect(verify([current], { ...signed(current), signature }, now)).toBe(false);
  });

  it.each<[string, string | undefined]>([
    ['none', undefined],
    ['nothing', ''],
    ['no number', 'now'],
    ['a fraction', `${now / 1_000}.5`],
    ['negative', `-${now / 1_000}`],
    ['milliseconds', String(now)],
    ['hexadecimal', `0x${(now / 1_000).toString(16)}`],
    ['with a blank', ` ${now / 1_000}`],
    ['beyond all numbers', '9'.repeat(400)],
  ])('is not believed with a wrong time: %s', (_what, timestamp) => {
    const hmac = createHmac('sha256', current).update(`an id.${timestamp}.`).update(body).digest('base64');
    expect(verify([current], { id: 'an id', timestamp, signature: `v1,${hmac}`, body }, now)).toBe(false);
  });
});

function bothSignatures(): string {
  return [signed(old), signed(current)].map(({ signature }) => signature).join(' ');
}

describe('the setting that holds the secrets', () => {
  it('is one or more secrets', () => {
    expect(webhookSecrets.parse(`${'x'.repeat(32)}, ${'y'.repeat(64)}`)).toHaveLength(2);
  });

  it.each(['', 'too short', `${'x'.repeat(32)},short`, `${'x'.repeat(32)},`, `whsec_${'A'.repeat(28)}`])(
    'refuses %j',
    (text) => {
      expect(webhookSecrets.safeParse(text).success).toBe(false);
    },
  );
});
