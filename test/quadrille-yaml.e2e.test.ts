import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type System, startSystem } from './support/system.ts';

let dir: string;
let system: System;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'quadrille-yaml-'));
  const config = join(dir, 'quadrille.yaml');
  writeFileSync(config, 'log: { level: warn }\nservices: { pay: { paymentExpiry: 1s } }\n');
  system = await startSystem({ env: { QUADRILLE_CONFIG: config } });
}, 300_000);
afterAll(async () => {
  await system?.stop();
  rmSync(dir, { recursive: true });
});

it('what quadrille.yaml says takes effect in the processes of a stack: a payment expires after a second', async () => {
  const orderId = await system.submit({ userId: 1, productId: 1, amount: 1100, productCount: 1, couponId: 0 });
  const order = await system.orderWhen(orderId, 'cancelled');
  expect(order.reason).toMatchObject({ step: 'pay' });
});
