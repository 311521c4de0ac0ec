import { serveHttp } from '@quadrille/process/http';
import { runProcess } from '@quadrille/process/lifecycle';
import { httpHost, port, readSettings } from '@quadrille/process/settings';
import { z } from 'zod';
import { buildApp } from './app.ts';
import { createHeldCalls } from './held-calls.ts';
import { createOrdersClient } from './orders-client.ts';
import { listen } from './server.ts';
import { createUpstream } from './upstream.ts';

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
    PUBLIC_URL: httpUrl.optional(),
  });
  const publicUrl = (settings.PUBLIC_URL ?? `http://localhost:${settings.GATEWAY_PORT}`).replace(/\/+$/, '');

  const orders = createOrdersClient(new URL(settings.ORDER_URL).origin);
  onStop('calls to the order service', orders.close);
  const stock = createUpstream('stock', new URL(settings.STOCK_URL).origin);
  const coupon = createUpstream('coupon', new URL(settings.COUPON_URL).origin);
  const pay = createUpstream('pay', new URL(settings.PAY_URL).origin);
  onStop('calls to the other services', async () => {
    await Promise.all([stock.close(), coupon.close(), pay.close()]);
  });

  const held = createHeldCalls();
  const app = buildApp({ orders, stock, coupon, pay, publicUrl, log, held });
  const server = await listen(app.fetch, { host: settings.HTTP_HOST, port: settings.GATEWAY_PORT, log });
  onStop('HTTP server', server.close);
  onStop('waiting clients', held.release);

  // Metrics are not for the world: they have a door of their own, as every other process has.
  const inside = await serveHttp({ host: settings.HTTP_HOST, port: settings.METRICS_PORT, isReady: () => true });
  onStop('inner door', inside.close);

  log.info({ port: server.port, metricsPort: inside.port, publicUrl }, 'listening');
});
