import { type Credentials, databases, services } from './setup.ts';

export const processNames = ['relay', 'order', 'stock', 'coupon', 'pay', 'gateway'] as const;
export type ProcessName = (typeof processNames)[number];

export type Ports = Record<ProcessName, number>;

export function isProcessName(name: string): name is ProcessName {
  return processNames.some((known) => known === name);
}

export const entries: Record<ProcessName, string> = {
  relay: 'outbox-relay/main.ts',
  order: 'services/order/main.ts',
  stock: 'services/stock/main.ts',
  coupon: 'services/coupon/main.ts',
  pay: 'services/pay/main.ts',
  gateway: 'gateway/main.ts',
};

export type ProcessSettings = {
  brokers: readonly string[];
  /** Where the database is; its user and password are left out. */
  mysqlUrl: string;
  credentials: Credentials;
  ports: Ports;
  /** Whatever else a process should find in its environment (ORDER_DEADLINE, LOG_LEVEL, NODE_OPTIONS ...). */
  env?: Record<string, string>;
};

/** The whole environment of a process: nothing of ours leaks in, and secrets are nowhere else. */
export function processEnv(name: ProcessName, settings: ProcessSettings): Record<string, string> {
  return {
    ...inherited(),
    NODE_ENV: 'development',
    HTTP_HOST: '127.0.0.1',
    ...ownSettings(name, settings),
    ...settings.env,
  };
}

function inherited(): Record<string, string> {
  const { PATH, HOME, TZ } = process.env;
  return { ...(PATH && { PATH }), ...(HOME && { HOME }), ...(TZ && { TZ }) };
}

function ownSettings(name: ProcessName, settings: ProcessSettings): Record<string, string> {
  const { brokers, ports } = settings;
  const common = { HTTP_PORT: String(ports[name]), KAFKA_BROKERS: brokers.join(',') };
  switch (name) {
    case 'gateway':
      return {
        GATEWAY_PORT: String(ports.gateway),
        ORDER_URL: `http://127.0.0.1:${ports.order}`,
        STOCK_URL: `http://127.0.0.1:${ports.stock}`,
        COUPON_URL: `http://127.0.0.1:${ports.coupon}`,
        PAY_URL: `http://127.0.0.1:${ports.pay}`,
        PUBLIC_URL: `http://localhost:${ports.gateway}`,
      };
    case 'relay':
      return { ...common, DATABASE_URLS: services.map((service) => databaseUrl(settings, 'relay', service)).join(',') };
    default:
      return { ...common, DATABASE_URL: databaseUrl(settings, name, name) };
  }
}

function databaseUrl(settings: ProcessSettings, user: keyof Credentials, service: keyof typeof databases): string {
  const url = new URL(settings.mysqlUrl);
  url.username = encodeURIComponent(settings.credentials[user].user);
  url.password = encodeURIComponent(settings.credentials[user].password);
  url.pathname = `/${databases[service]}`;
  return url.toString();
}
