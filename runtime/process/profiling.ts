import type { IncomingMessage, ServerResponse } from 'node:http';
import { Session } from 'node:inspector/promises';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { getHeapSnapshot } from 'node:v8';
import { problemDetails } from './problem.ts';
import { createTokenCheck, systemTokenHeader, systemTokenScheme } from './system-token.ts';

/** The profiler costs the process some of its speed, so it does not run for longer (seconds). */
const longest = 60;
const usual = 10;

/** Profiles of a running process, for whoever carries the token of its system. */
export type Profiling = {
  readonly takes: (request: IncomingMessage) => boolean;
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
};

/** `POST /debug/cpu-profile?seconds=10` and `POST /debug/heap-snapshot`, one at a time. */
export const createProfiling = (systemToken: string): Profiling => {
  const isToken = createTokenCheck(systemToken);
  let runs = false;
  const work: Readonly<Record<string, (url: URL, response: ServerResponse) => Promise<void>>> = {
    '/debug/cpu-profile': answerCpuProfile,
    '/debug/heap-snapshot': (_, response) => answerHeapSnapshot(response),
  };
  return {
    takes: ({ url }) => url?.startsWith('/debug/') ?? false,
    answer: async (request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      const run = work[url.pathname];
      if (!isToken(request.headers[systemTokenHeader]))
        return refuse(response, 401, 'A profile is made for who carries the token of this system', {
          'www-authenticate': systemTokenScheme,
        });
      if (!run) return refuse(response, 404, 'There are /debug/cpu-profile and /debug/heap-snapshot');
      if (request.method !== 'POST') return refuse(response, 405, 'This path knows POST', { allow: 'POST' });
      if (runs) return refuse(response, 409, 'A profile of this process is being made: try again when it is there');
      runs = true;
      try {
        await run(url, response);
      } catch {
        // Who asked has left in the middle of the answer.
        response.destroy();
      } finally {
        runs = false;
      }
    },
  };
};

const answerCpuProfile = async (url: URL, response: ServerResponse): Promise<void> => {
  const seconds = Number(url.searchParams.get('seconds') ?? usual);
  if (!(Number.isInteger(seconds) && seconds >= 1 && seconds <= longest))
    return refuse(response, 400, `seconds must be a whole number from 1 to ${longest}`);
  const left = new AbortController();
  response.once('close', () => left.abort());
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.start');
    await delay(seconds * 1_000, undefined, { signal: left.signal });
    const { profile } = await session.post('Profiler.stop');
    response.writeHead(200, headersOf('cpuprofile'));
    response.end(JSON.stringify(profile));
  } finally {
    session.disconnect();
  }
};

const answerHeapSnapshot = async (response: ServerResponse): Promise<void> => {
  response.writeHead(200, headersOf('heapsnapshot'));
  await pipeline(getHeapSnapshot(), response);
};

const headersOf = (ending: string) => ({
  'content-type': 'application/json',
  'content-disposition': `attachment; filename="${process.pid}.${ending}"`,
  'cache-control': 'no-store',
});

const refuse = (
  response: ServerResponse,
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): void => {
  response.writeHead(status, { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers });
  response.end(JSON.stringify(problemDetails(status, detail)));
};
