import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers `/health` (the process lives) and `/ready` (it can do its work now) for processes that have no other HTTP door. */
export const serveHealth = async (options: {
  host: string;
  port: number;
  isReady: () => boolean;
}): Promise<{ port: number; close: () => Promise<void> }> => {
  const server = createServer((request, response) => {
    const status = request.url === '/health' ? 200 : request.url === '/ready' ? (options.isReady() ? 200 : 503) : 404;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: status === 200 ? 'ok' : status === 503 ? 'not ready' : 'not found' }));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: (server.address() as AddressInfo).port, close };
};
