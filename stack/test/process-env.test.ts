import { describe, expect, it } from 'vitest';
import { processEnv } from '../process-env.ts';

const user = (name: string) => ({ user: name, password: `${name}:p@ss/` });
const settings = {
  brokers: ['127.0.0.1:9092', '127.0.0.1:9093'],
  mysqlUrl: 'mysql://root:admin-secret@127.0.0.1:3306',
  credentials: {
    order: user('order'),
    stock: user('stock'),
    coupon: user('coupon'),
    pay: user('pay'),
    relay: user('relay'),
  },
  ports: { gateway: 8080, order: 8081, stock: 8082, coupon: 8083, pay: 8084, relay: 8085 },
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
    expect(urls.map((url) => new URL(url).pathname)).toEqual([
      '/eshop_order',
      '/eshop_stock',
      '/eshop_coupon',
      '/eshop_pay',
    ]);
    expect(new Set(urls.map((url) => new URL(url).username))).toEqual(new Set(['relay']));
  });

  it('gives the gateway the way to the order service, and no server', () => {
    const env = processEnv('gateway', settings);
    expect(env).toMatchObject({
      GATEWAY_PORT: '8080',
      ORDER_URL: 'http://127.0.0.1:8081',
      STOCK_URL: 'http://127.0.0.1:8082',
      COUPON_URL: 'http://127.0.0.1:8083',
      PAY_URL: 'http://127.0.0.1:8084',
      PUBLIC_URL: 'http://localhost:8080',
    });
    expect(env).not.toHaveProperty('KAFKA_BROKERS');
    expect(env).not.toHaveProperty('DATABASE_URL');
  });

  it('passes on what the caller adds, which wins', () => {
    expect(processEnv('order', { ...settings, env: { ORDER_DEADLINE: '2s', NODE_ENV: 'production' } })).toMatchObject({
      ORDER_DEADLINE: '2s',
      NODE_ENV: 'production',
    });
  });
});
