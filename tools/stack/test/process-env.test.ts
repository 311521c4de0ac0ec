import { forEachService, services } from '@quadrille/services';
import { describe, expect, it } from 'vitest';
import { processEnv } from '../process-env.ts';

const user = (name: string) => ({ user: name, password: `${name}:p@ss/` });
const settings = {
  brokers: ['127.0.0.1:9092', '127.0.0.1:9093'],
  mysqlUrl: 'mysql://root:admin-secret@127.0.0.1:3306',
  credentials: {
    ...forEachService(user),
    relay: user('relay'),
    ops: user('ops'),
    console: user('console'),
    sideDatabases: { test_provider: user('test_provider') },
  },
  ports: { ...forEachService((name) => 8081 + services.indexOf(name)), gateway: 8080, relay: 8085, console: 36789 },
};

describe('the environment of a process', () => {
  it('gives a service its own database and nobody else’s', () => {
    const env = processEnv('stock', settings);
    expect(env).toMatchObject({
      NODE_ENV: 'development',
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: '8082',
      KAFKA_BROKERS: '127.0.0.1:9092,127.0.0.1:9093',
      DATABASE_URL: 'mysql://stock:stock%3Ap%40ss%2F@127.0.0.1:3306/eshop_stock',
    });
    expect(JSON.stringify(env)).not.toMatch(/admin-secret|eshop_order/);
  });

  it('gives the relay every database, with its own user', () => {
    const urls = processEnv('relay', settings).DATABASE_URLS?.split(',') ?? [];
    expect(urls.map((url) => new URL(url).pathname)).toEqual(services.map((service) => `/eshop_${service}`));
    expect(new Set(urls.map((url) => new URL(url).username))).toEqual(new Set(['relay']));
  });

  it('gives the console its own database, and what people need to act on the others', () => {
    const env = processEnv('console', settings);
    expect(env).toMatchObject({ CONSOLE_PORT: '36789', GATEWAY_URL: 'http://127.0.0.1:8080', HTTP_HOST: '127.0.0.1' });
    expect(new URL(env.DATABASE_URL ?? '')).toMatchObject({ username: 'console', pathname: '/eshop_console' });
    expect(new URL(env.STOCK_DATABASE_URL ?? '')).toMatchObject({ username: 'stock', pathname: '/eshop_stock' });
    expect(env.OPS_DATABASE_URLS?.split(',').map((url) => new URL(url).username)).toEqual(
      Array(services.length + 1).fill('ops'),
    );
    expect(JSON.stringify(env)).not.toContain('admin-secret');
  });

  it('gives the gateway the way to the order service, and no server', () => {
    const env = processEnv('gateway', settings);
    expect(env).toMatchObject({
      GATEWAY_PORT: '8080',
      ORDER_URL: 'http://127.0.0.1:8081',
      STOCK_URL: 'http://127.0.0.1:8082',
      COUPON_URL: 'http://127.0.0.1:8083',
      PAY_URL: 'http://127.0.0.1:8084',
      SYSTEM_TOKEN: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(env).not.toHaveProperty('KAFKA_BROKERS');
    expect(env).not.toHaveProperty('DATABASE_URL');
  });

  it('gives pay the test provider, the way round to itself, and a secret of this data folder', () => {
    const env = processEnv('pay', settings);
    expect(env).toMatchObject({
      DATABASE_URL: expect.stringContaining('/eshop_pay'),
      PAYMENT_PROVIDER: 'test',
      WEBHOOK_URL: 'http://127.0.0.1:8080/api/v1/payments/webhook',
      PAYMENT_WEBHOOK_SECRETS: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(processEnv('pay', settings)).toEqual(env);
    const elsewhere = { ...settings, credentials: { ...settings.credentials, pay: user('other') } };
    expect(processEnv('pay', elsewhere).PAYMENT_WEBHOOK_SECRETS).not.toBe(env.PAYMENT_WEBHOOK_SECRETS);
    expect(processEnv('order', settings)).not.toHaveProperty('PAYMENT_WEBHOOK_SECRETS');
  });

  it('C7: gives all who call each other one token, another for each data folder', () => {
    const tokenOf = (name: Parameters<typeof processEnv>[0], from = settings) => processEnv(name, from).SYSTEM_TOKEN;
    const token = tokenOf('gateway');
    for (const name of ['order', 'stock', 'coupon', 'pay', 'console', 'relay'] as const)
      expect(tokenOf(name)).toBe(token);
    const elsewhere = { ...settings, credentials: { ...settings.credentials, relay: user('other') } };
    expect(tokenOf('gateway', elsewhere)).not.toBe(token);
  });

  it('passes on what the caller adds, which wins', () => {
    expect(processEnv('order', { ...settings, env: { ORDER_DEADLINE: '2s', NODE_ENV: 'production' } })).toMatchObject({
      ORDER_DEADLINE: '2s',
      NODE_ENV: 'production',
    });
  });
});
