import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@quadrille/stack/root';
import { withService } from '@quadrille/stack/service-list';
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../arguments.ts';
import { withEvent } from '../event.ts';
import { planService } from '../plan.ts';

const service = (...more: string[]) => parseArguments(['service', ...more]);
const event = (...more: string[]) => parseArguments(['event', ...more]);

describe('npm run new', () => {
  it('takes a service with all that it does', () => {
    const options =
      '--subscribes payment-succeeded --publishes keepsake-chosen --rejects keepsake-refused --undoes keepsake-returned';
    expect(service('keepsake', ...options.split(' '), '--http')).toEqual({
      what: 'service',
      options: {
        name: 'keepsake',
        subscribes: ['payment-succeeded'],
        publishes: 'keepsake-chosen',
        rejects: 'keepsake-refused',
        undoes: 'keepsake-returned',
        http: true,
      },
    });
  });

  it('takes a service that only announces', () => {
    expect(service('price', '--announces', 'price-changed', '--http')).toEqual({
      what: 'announcer',
      options: { name: 'price', announces: 'price-changed' },
    });
  });

  it('takes an event with its role', () => {
    expect(event('stock-counted', '--by', 'stock', '--after', 'order-created')).toEqual({
      what: 'event',
      options: { type: 'stock-counted', by: 'stock', role: 'after', of: 'order-created' },
    });
  });

  it('asks when nothing is said', () => {
    expect(parseArguments([])).toEqual({ what: 'questions' });
  });

  const begin = ['--subscribes', 'payment-succeeded'];
  it.each<[what: string, args: string[], message: RegExp]>([
    ['a name that is taken', ['service', 'stock', ...begin], /^There is a service stock already: /],
    ['a name that is reserved', ['service', 'console', ...begin], /^"console" is reserved: /],
    ['a name that is a path of the API', ['service', 'orders', ...begin], /^"orders" is reserved: /],
    ['a name that JavaScript keeps', ['service', 'delete', ...begin], /^"delete" is reserved: /],
    ['no word', ['service', 'Keepsake-Shop', ...begin], /^"Keepsake-Shop" cannot name a service: take one word/],
    ['a path', ['service', '../keepsake', ...begin], /^"..\/keepsake" cannot name a service: /],
    [
      'a name that is too long',
      ['service', 'abcdefghijklmnopq', ...begin],
      /^"abcdefghijklmnopq" cannot name a service: /,
    ],
    ['no name', ['service', ...begin], /^The service needs a name: /],
    ['two names', ['service', 'keepsake', 'shop', ...begin], /^"shop" is too much: /],
    ['nothing to begin with', ['service', 'keepsake'], /^A service needs an event to begin with /],
    [
      'an unknown event',
      ['service', 'keepsake', '--subscribes', 'keepsake-sold'],
      /^There is no step keepsake-sold to subscribe to: /,
    ],
    [
      'an event that is no step',
      ['service', 'keepsake', '--subscribes', 'stock-rejected'],
      /^There is no step stock-rejected/,
    ],
    ['an event twice', ['service', 'keepsake', '--subscribes', 'order-created,order-created'], /names an event twice/],
    [
      'an announcement of a service that takes part in the saga',
      ['service', 'keepsake', ...begin, '--announces', 'keepsake-priced'],
      /^--announces goes with no other event: /,
    ],
    [
      'an announcement that is taken',
      ['service', 'keepsake', '--announces', 'order-created'],
      /^There is an event order-created already/,
    ],
    [
      'an event that is taken',
      ['service', 'keepsake', ...begin, '--publishes', 'order-created'],
      /^There is an event order-created already/,
    ],
    [
      'one name for two',
      ['service', 'keepsake', ...begin, '--publishes', 'a-b', '--undoes', 'a-b'],
      /^There is an event a-b already/,
    ],
    [
      'no name of an event',
      ['service', 'keepsake', ...begin, '--publishes', 'Keepsake'],
      /^"Keepsake" cannot name an event: /,
    ],
    [
      'nothing to undo',
      ['service', 'keepsake', ...begin, '--undoes', 'keepsake-gone'],
      /^--rejects and --undoes are about the step/,
    ],
    ['an option of the other', ['service', 'keepsake', ...begin, '--by', 'stock'], /^--by does not go with "service"/],
    [
      'an unknown option',
      ['service', 'keepsake', '--subscribe', 'x'],
      /cannot be understood: see npm run new -- --help/,
    ],
    ['something else', ['rule', 'keepsake'], /^"rule" cannot be written: /],
    [
      'an event of nobody',
      ['event', 'keepsake-sold', '--by', 'keepsake', '--after', 'order-created'],
      /^--by names the service/,
    ],
    ['an event without a role', ['event', 'stock-counted', '--by', 'stock'], /^An event has one role: /],
    [
      'an event with two roles',
      ['event', 'stock-counted', '--by', 'stock', '--after', 'order-created', '--undoes', 'stock-reserved'],
      /^An event has one role: /,
    ],
    [
      'an event that undoes the step of another',
      ['event', 'stock-counted', '--by', 'stock', '--undoes', 'coupon-applied'],
      /^coupon-applied is no step of stock: /,
    ],
  ])('refuses %s in a sentence', (_, args, message) => {
    expect(() => parseArguments(args)).toThrow(message);
  });
});

describe('what is written', () => {
  const blank = { publishes: 'keepsake-chosen', rejects: null, undoes: 'keepsake-returned', http: false };

  it('undoes its step after all that can come behind it', () => {
    const { after, cancellations } = planService({
      name: 'keepsake',
      subscribes: ['order-created', 'stock-reserved'],
      ...blank,
    });
    expect(after.kebab).toBe('stock-reserved');
    expect(cancellations.map(({ kebab }) => kebab).sort()).toEqual([
      'coupon-rejected',
      'order-cancelled',
      'payment-expired',
      'payment-failed',
    ]);
  });

  it('keeps the list of services sorted', () => {
    const list = readFileSync(join(root, 'services/list.ts'), 'utf8');
    const services = [...withService(list, 'keepsake').matchAll(/from '\.\/(\w+)\//g)].map(([, service]) => service);
    expect(services).toEqual([...services].sort());
    expect(services).toContain('keepsake');
  });

  it('adds an event with what it needs, once', () => {
    const file = readFileSync(join(root, 'contracts/stock-events.ts'), 'utf8');
    const added = withEvent(file, { type: 'stock-counted', by: 'stock', role: 'after', of: 'coupon-applied' });
    expect(added).toContain("import { couponApplied } from './coupon-events.ts';");
    expect(added).toContain(
      "export const stockCounted = stock('stock-counted', 1, { kind: 'forward', after: couponApplied }",
    );
    const again = withEvent(added, { type: 'stock-lost', by: 'stock', role: 'insteadOf', of: 'stock-reserved' });
    expect(again.match(/from '\.\/values\.ts'/g)).toHaveLength(1);
    // Stock rejects directly.
    expect(again).not.toContain('through');
    expect(again.match(/reason/g)?.length).toBe((file.match(/reason/g)?.length ?? 0) + 1);
  });
});
