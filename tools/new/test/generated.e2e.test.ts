import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomFrom } from '../../../test/support/random.ts';
import { copyTree, type TreeCopy } from '../../../test/support/tree-copy.ts';

const steps = ['order-created', 'stock-reserved', 'coupon-applied', 'payment-created', 'payment-succeeded'];
const names = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf', 'hotel2', 'india', 'x'];

/** What a person could say of the services, drawn from a seed: each may begin with steps of the services before it, too. */
const drawServices = (seed: number): string[][] => {
  const random = randomFrom(seed);
  const some = [...steps];
  return names.map((name) => {
    if (random.below(4) === 0) return ['service', name, '--announces', `${name}-changed`];
    const count = 1 + random.below(3);
    const subscribes = new Set(Array.from({ length: count }, () => random.pick(some)));
    const publishes = random.below(4) > 0;
    if (publishes) some.push(`${name}-done`);
    return [
      ...['service', name, '--subscribes', [...subscribes].join(',')],
      ...(publishes ? ['--publishes', `${name}-done`] : []),
      ...(publishes && random.below(2) > 0 ? ['--rejects', `${name}-refused`] : []),
      ...(publishes && random.below(2) > 0 ? ['--undoes', `${name}-undone`] : []),
      ...(random.below(2) > 0 ? ['--http'] : []),
    ];
  });
};

describe('ten services with options from a seed', () => {
  let tree: TreeCopy;
  beforeAll(() => {
    tree = copyTree();
    for (const args of drawServices(1)) tree.run('tools/new/main.ts', ...args);
  }, 600_000);
  afterAll(() => tree?.remove());

  it('pass npm run check as they are', () => {
    expect(tree.run('tools/stack/check.ts')).toMatch(/passed +Types \(tsc\)/);
  }, 600_000);

  it('pass their own tests, with servers and without', () => {
    const files = names.map((name) => `services/${name}/`);
    const told = tree.run(
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'unit',
      '--project',
      'integration',
      ...files,
    );
    expect(told).toMatch(/Test Files .*20 passed/);
  }, 600_000);
});
