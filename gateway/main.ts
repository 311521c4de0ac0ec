import { serveHttp } from '@quadrille/process/http';
import { runProcess } from '@quadrille/process/lifecycle';
import { reportPort } from '@quadrille/process/listen';
import { httpHost, list, port, readSettings } from '@quadrille/process/settings';
import { systemToken } from '@quadrille/process/system-token';
import { z } from 'zod';
import { buildApp } from './app.ts';
import { createHeldCalls } from './held-calls.ts';
import { createOrdersClient } from './orders-client.ts';
import { listen } from './server.ts';
import { createUpstream } from './upstream.ts';
import { forEachUpstream } from './upstreams.ts';

const httpUrl = z.url({ protocol: /^https?$/, error: 'a URL such as http://localhost:8080' });

runProcess('gateway', async ({ log, onStop }) => {
  const settings = readSettings({
    GATEWAY_PORT: port.default(8080),
    METRICS_PORT: port.default(8086),
    HTTP_HOST: httpHost,
    ORDER_URL: httpUrl,
    STOCK_URL: httpUrl,
    COUPON_URL: httpUrl,
    PAY_URL: httpUrl,
    PUBLIC_APIS: list.optional(),
    PUBLIC_URL: httpUrl.optional(),
    SYSTEM_TOKEN: systemToken,
  });
  const { SYSTEM_TOKEN: token, PUBLIC_APIS: joinedNames = [] } = settings;
  const joinedUrls = readSettings(
    Object.fromEntries(joinedNames.map((name) => [`${name.toUpperCase()}_URL`, httpUrl])),
  );

  const orders = createOrdersClient(new URL(settings.ORDER_URL).origin, token);
  onStop('calls to the order service', orders.close);
  const upstreams = forEachUpstream((name) => {
    const url = settings[`${name.toUpperCase() as Uppercase<typeof name>}_URL`];
    return createUpstream(name, new URL(url).origin, token);
  });
  const joined = Object.fromEntries(
    joinedNames.map((name) => {
      const url = new URL(joinedUrls[`${name.toUpperCase()}_URL`] ?? '');
      return [name, createUpstream(name, url.origin, token)];
    }),
  );
  onStop('calls to the other services', async () => {
    await Promise.all([...Object.values(upstreams), ...Object.values(joined)].map((upstream) => upstream.close()));
  });

  const held = createHeldCalls();
  const build = (port: number) => {
    const publicUrl = (settings.PUBLIC_URL ?? `http://localhost:${port}`).replace(/\/+$/, '');
    return buildApp({ orders, upstreams, joined, publicUrl, systemToken: token, log, held }).fetch;
  };
  const server = await listen(build, { host: settings.HTTP_HOST, port: settings.GATEWAY_PORT, log });
  onStop('HTTP server', server.close);
  onStop('waiting clients', held.release);

  // Metrics are not public: they have a port of their own.
  const inside = await serveHttp({ host: settings.HTTP_HOST, port: settings.METRICS_PORT, isReady: () => true });
  onStop('metrics server', inside.close);

  reportPort(server.port);
  log.info({ port: server.port, metricsPort: inside.port }, 'listening');
});
