import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveHttp } from '../http.ts';

const systemToken = 'the token of the system in the tests';
const common = { host: '127.0.0.1', port: 0, isReady: () => true };
let on: Awaited<ReturnType<typeof serveHttp>>;
let off: Awaited<ReturnType<typeof serveHttp>>;
beforeAll(async () => {
  on = await serveHttp({ ...common, profiling: { systemToken } });
  off = await serveHttp({ ...common, systemToken });
});
afterAll(() => Promise.all([on.close(), off.close()]));

const headers = { 'system-token': systemToken };
const ask = (path: string, options: RequestInit = { headers }, server = on) =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { method: 'POST', ...options });

describe('profiles', () => {
  it('are off unless they are switched on', async () => {
    expect((await ask('/debug/cpu-profile?seconds=1', { headers }, off)).status).toBe(404);
    expect((await ask('/debug/heap-snapshot', { headers }, off)).status).toBe(404);
  });

  it('are made only for who carries the token of the system', async () => {
    for (const path of ['/debug/cpu-profile?seconds=1', '/debug/heap-snapshot', '/debug/else'])
      for (const wrong of [{}, { 'system-token': 'x'.repeat(32) }])
        expect((await ask(path, { headers: wrong })).status, path).toBe(401);
  });

  it('answers a CPU profile, and refuses another one meanwhile', async () => {
    const first = ask('/debug/cpu-profile?seconds=1');
    // The server takes requests in the order in which their connections came; this one asks until it is told that one runs.
    let second = await ask('/debug/cpu-profile?seconds=0');
    while (second.status !== 409) second = await ask('/debug/cpu-profile?seconds=0');
    expect(second.headers.get('content-type')).toContain('application/problem+json');
    const answer = await first;
    expect(answer.headers.get('content-disposition')).toMatch(/\.cpuprofile"$/);
    expect(await answer.json()).toMatchObject({ nodes: expect.any(Array), samples: expect.any(Array) });
    expect((await ask('/debug/cpu-profile?seconds=0')).status).toBe(400);
  });

  it.each(['0', '61', '1.5', 'ten', ''])('refuses %j seconds', async (seconds) => {
    expect((await ask(`/debug/cpu-profile?seconds=${seconds}`)).status).toBe(400);
  });

  it('answers a heap snapshot', async () => {
    const answer = await ask('/debug/heap-snapshot');
    expect(answer.headers.get('content-disposition')).toMatch(/\.heapsnapshot"$/);
    expect((await answer.text()).startsWith('{"snapshot":{"meta":')).toBe(true);
  });

  it('goes on after who asked has left', async () => {
    const leaving = new AbortController();
    const left = ask('/debug/cpu-profile?seconds=60', { headers, signal: leaving.signal }).catch(() => 'left');
    let busy = await ask('/debug/cpu-profile?seconds=0');
    while (busy.status !== 409) busy = await ask('/debug/cpu-profile?seconds=0');
    leaving.abort();
    expect(await left).toBe('left');
    while (busy.status === 409) busy = await ask('/debug/cpu-profile?seconds=0');
    expect(busy.status).toBe(400);
  });

  it('refuses other methods and paths', async () => {
    expect((await ask('/debug/cpu-profile', { method: 'GET', headers })).status).toBe(405);
    expect((await ask('/debug/else')).status).toBe(404);
  });
});
