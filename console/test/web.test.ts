import { html, toText } from '@quadrille/process/html';
import { describe, expect, it } from 'vitest';
import { createLoginLimit } from '../web/login-limit.ts';
import { bytesFor, dataFor } from '../web/payload.ts';
import { checkPassword, hashPassword, parseUsers } from '../web/users.ts';

const operator = { name: 'ann', role: 'operator' } as const;
const reader = { name: 'bob', role: 'reader' } as const;

describe('html', () => {
  it('makes text of whatever is put into it, within quotes, too', () => {
    const evil = `<script>alert("1")</script>' onload='x' &amp;`;
    const text = toText(html`<p title="${evil}">${evil}</p>`);
    const escaped = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39; onload=&#39;x&#39; &amp;amp;';
    expect(text).toBe(`<p title="${escaped}">${escaped}</p>`);
  });

  it('takes markup as it is, lists piece by piece, and leaves nothing where there is nothing', () => {
    const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`);
    expect(toText(html`<ul>${items}</ul>${null}${undefined}${false}${0}`)).toBe(
      '<ul><li>a</li><li>&lt;b&gt;</li></ul>0',
    );
  });

  it('does not take for markup what only looks like it', () => {
    const forged = JSON.parse('{"markup":"<script>","Symbol(markup)":"<script>"}');
    expect(toText(html`${forged}`)).not.toContain('<script>');
  });
});

describe('the data of an event', () => {
  const payload = Buffer.from(
    '{"userId":7,"productId":1,"amount":1100,"note":"at home","reason":{"code":"c","message":"m","step":"stock","who":7}}',
  );

  it('is whole for an operator', () => {
    expect(dataFor(operator, payload)).toEqual(JSON.parse(payload.toString()));
  });

  it('shows a reader only what is known to be about nobody', () => {
    expect(dataFor(reader, payload)).toEqual({
      ...{ userId: '•••', productId: 1, amount: '•••', note: '•••' },
      reason: { code: 'c', message: 'm', step: 'stock', who: '•••' },
    });
  });

  it('is not shown to readers at all when it is no event', () => {
    expect(bytesFor(reader, Buffer.from('secret'))).toBe('••• (6 bytes, shown to operators)');
    expect(bytesFor(operator, Buffer.from('secret'))).toBe('secret');
    expect(bytesFor(operator, Buffer.from([0xff, 0xfe]))).toBe('base64: //4=');
  });
});

describe('users', () => {
  it('come from lines, and are known by their password and by no other', async () => {
    const text = `# who may\n\nann:operator:${await hashPassword('correct horse battery')}\nbob:reader:${await hashPassword('staple')}\n`;
    const users = parseUsers(text);
    expect(users.map(({ name, role }) => [name, role])).toEqual([
      ['ann', 'operator'],
      ['bob', 'reader'],
    ]);
    expect(await checkPassword(users[0], 'correct horse battery')).toBe(true);
    expect(await checkPassword(users[0], 'staple')).toBe(false);
    expect(await checkPassword(undefined, '')).toBe(false);
  });

  it.each(['ann', 'ann:operator:plaintext', 'ann:admin:scrypt$x$y', ':reader:scrypt$x$y'])(
    'refuses the line %s without repeating it',
    (line) => {
      expect(() => parseUsers(`\n${line}`)).toThrow(/CONSOLE_USERS: line 2 is not NAME:ROLE:HASH/);
      expect(() => parseUsers(`\n${line}`)).not.toThrow(/plaintext|scrypt\$x/);
    },
  );
});

describe('the limit on logins', () => {
  const minute = 60_000;
  it('makes who guesses wait, at that address, until the first guess is a quarter of an hour old', () => {
    const limit = createLoginLimit();
    for (let n = 0; n < 5; n++) {
      expect(limit.waitFor('ann', '10.0.0.1', n)).toBe(0);
      limit.tried('ann', '10.0.0.1', n);
    }
    expect(limit.waitFor('ann', '10.0.0.1', minute)).toBe(14 * 60);
    expect(limit.waitFor('ann', '10.0.0.2', minute)).toBe(0);
    expect(limit.waitFor('bob', '10.0.0.1', minute)).toBe(0);
    expect(limit.waitFor('ann', '10.0.0.1', 15 * minute)).toBe(0);
  });

  it('bounds an address, however many names it tries', () => {
    const limit = createLoginLimit();
    for (let n = 0; n < 20; n++) limit.tried(`user ${n}`, '10.0.0.1', 0);
    expect(limit.waitFor('ann', '10.0.0.1', minute)).toBeGreaterThan(0);
    expect(limit.waitFor('ann', '10.0.0.2', minute)).toBe(0);
  });

  it('D3: counts failures only, and forgets those of a user at an address who then logs in there', () => {
    const limit = createLoginLimit();
    for (let n = 0; n < 100; n++) {
      limit.tried('ann', '10.0.0.1', n);
      limit.succeeded('ann', '10.0.0.1', n);
    }
    expect(limit.waitFor('bob', '10.0.0.1', minute)).toBe(0);
    for (let n = 0; n < 5; n++) limit.tried('ann', '10.0.0.1', minute);
    for (let n = 0; n < 4; n++) limit.tried('ann', '10.0.0.2', minute);
    limit.succeeded('ann', '10.0.0.2', minute);
    expect(limit.waitFor('ann', '10.0.0.2', minute)).toBe(0);
    expect(limit.waitFor('ann', '10.0.0.1', minute)).toBeGreaterThan(0);
  });

  it('D3: counts the addresses of one IPv6 network as one, and neighbours apart', () => {
    const limit = createLoginLimit();
    for (let n = 0; n < 20; n++) limit.tried(`user ${n}`, `2001:db8:0:7::${n.toString(16)}`, 0);
    expect(limit.waitFor('ann', '2001:db8::7:ffff:0:0:1', minute)).toBeGreaterThan(0);
    expect(limit.waitFor('ann', '2001:db8:0:8::1', minute)).toBe(0);
  });

  it('D3: remembers a bounded number of names and addresses, however many fail', () => {
    const limit = createLoginLimit();
    for (let n = 0; n < 30_000; n++) limit.tried(`user ${n}`, `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, n);
    expect(limit.size()).toBeLessThanOrEqual(10_000);
    const last = 29_999;
    for (let n = 0; n < 5; n++) limit.tried('ann', '192.0.2.1', last);
    expect(limit.waitFor('ann', '192.0.2.1', last)).toBeGreaterThan(0);
  });
});
