import { clientAddressBehind } from '@quadrille/process/client-address';
import { serveHttp } from '@quadrille/process/http';
import { runProcess } from '@quadrille/process/lifecycle';
import { reportPort } from '@quadrille/process/listen';
import { createLoad } from '@quadrille/process/load';
import { readSettings } from '@quadrille/process/settings/read';
import { settingsOfService } from '@quadrille/process/settings/tree';
import { createAdmission } from './admission.ts';
import { buildApp } from './app.ts';
import { clientByAddress } from './client.ts';
import { createHeldCalls } from './held-calls.ts';
import { decideAccess } from './login/access.ts';
import { createOrdersClient } from './orders-client.ts';
import { createRateLimits } from './rate-limits.ts';
import { listen } from './server.ts';
import { gatewaySettings } from './settings.ts';
import { createUpstream } from './upstream.ts';
import { forEachUpstream } from './upstreams.ts';

runProcess('gateway', gatewaySettings, async (settings, { log, onStop }) => {
  const access = decideAccess({ ...settings, isDevelopment: process.env.NODE_ENV === 'development' });
  const { token, publicApis: joinedNames = [] } = settings;
  const joinedUrls = readSettings(Object.fromEntries(joinedNames.map((name) => [name, settingsOfService(name).url])));

  const options = { circuitBreaker: settings.circuitBreaker, log };
  const upstreamAt = (name: string, url: string) => createUpstream(name, new URL(url).origin, token, options);
  const orders = createOrdersClient(new URL(settings.order).origin, token, options);
  onStop('calls to the order service', orders.close);
  const upstreams = forEachUpstream((name) => upstreamAt(name, settings.upstreams[name]));
  const joined = Object.fromEntries(Object.entries(joinedUrls).map(([name, url]) => [name, upstreamAt(name, url)]));
  onStop('calls to the other services', async () => {
    await Promise.all([...Object.values(upstreams), ...Object.values(joined)].map((upstream) => upstream.close()));
  });

  const load = createLoad(settings);
  onStop('load', load.stop);
  const { ratePerAddress: address, ratePerUser: user, ratePerKey: key } = settings;
  const admit = createAdmission({ rates: createRateLimits({ address, user, key }), load, log });
  const clientOf = clientByAddress(clientAddressBehind(settings.trustedProxies ?? []));
  const held = createHeldCalls({ most: settings.heldCalls, mostOfAddress: settings.heldCallsPerAddress });
  const build = (port: number) => {
    const publicUrl = (settings.publicUrl ?? `http://localhost:${port}`).replace(/\/+$/, '');
    const parts = { orders, upstreams, joined, systemToken: token, access, log, held, clientOf, admit };
    return buildApp({ ...parts, publicUrl }).fetch;
  };
  const server = await listen(build, { host: settings.host, port: settings.port, log });
  onStop('HTTP server', server.close);
  onStop('waiting clients', held.release);

  // Metrics are not public: they have a port of their own.
  const inside = await serveHttp({
    host: settings.host,
    port: settings.metricsPort,
    isReady: () => true,
    ...(settings.profiling && { profiling: { systemToken: token } }),
  });
  onStop('metrics server', inside.close);

  reportPort(server.port, inside.port);
  log.info({ port: server.port, metricsPort: inside.port }, 'listening');
});
