import { serveHttp } from '@quadrille/process/http';
import { runProcess } from '@quadrille/process/lifecycle';
import { reportPort } from '@quadrille/process/listen';
import { readSettings } from '@quadrille/process/settings/read';
import { settingsOfService } from '@quadrille/process/settings/tree';
import { buildApp } from './app.ts';
import { createHeldCalls } from './held-calls.ts';
import { decideAccess } from './login/access.ts';
import { createOrdersClient } from './orders-client.ts';
import { listen } from './server.ts';
import { gatewaySettings } from './settings.ts';
import { createUpstream } from './upstream.ts';
import { forEachUpstream } from './upstreams.ts';

runProcess('gateway', gatewaySettings, async (settings, { log, onStop }) => {
  const access = decideAccess({ ...settings, isDevelopment: process.env.NODE_ENV === 'development' });
  const { token, publicApis: joinedNames = [] } = settings;
  const joinedUrls = readSettings(Object.fromEntries(joinedNames.map((name) => [name, settingsOfService(name).url])));

  const orders = createOrdersClient(new URL(settings.order).origin, token);
  onStop('calls to the order service', orders.close);
  const upstreams = forEachUpstream((name) => createUpstream(name, new URL(settings.upstreams[name]).origin, token));
  const joined = Object.fromEntries(
    Object.entries(joinedUrls).map(([name, url]) => [name, createUpstream(name, new URL(url).origin, token)]),
  );
  onStop('calls to the other services', async () => {
    await Promise.all([...Object.values(upstreams), ...Object.values(joined)].map((upstream) => upstream.close()));
  });

  const held = createHeldCalls();
  const build = (port: number) => {
    const publicUrl = (settings.publicUrl ?? `http://localhost:${port}`).replace(/\/+$/, '');
    return buildApp({ orders, upstreams, joined, publicUrl, systemToken: token, access, log, held }).fetch;
  };
  const server = await listen(build, { host: settings.host, port: settings.port, log });
  onStop('HTTP server', server.close);
  onStop('waiting clients', held.release);

  // Metrics are not public: they have a port of their own.
  const inside = await serveHttp({ host: settings.host, port: settings.metricsPort, isReady: () => true });
  onStop('metrics server', inside.close);

  reportPort(server.port);
  log.info({ port: server.port, metricsPort: inside.port }, 'listening');
});
