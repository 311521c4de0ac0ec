// npm run call -- SERVICE METHOD PATH [JSON]: calls the HTTP API of a service of the running stack, past the gateway, with the token of its system.
import { resolve } from 'node:path';
import { StackError, UsageError } from '@quadrille/process/errors';
import { systemTokenHeader } from '@quadrille/process/system-token';
import { services } from '@quadrille/services';
import { readCredentials } from './credentials.ts';
import { forTerminal } from './errors.ts';
import { rootOfStack, runInCopy } from './handover.ts';
import { systemToken } from './process-env.ts';
import { root } from './root.ts';
import { dataFolder, readStackFile } from './stack-file.ts';

const usage = 'Say what to call, for example: npm run call -- stock GET /products/1.';

/** @returns the exit code: 1 for an answer that refuses the call */
const call = async (dir: string, args: readonly string[]): Promise<number> => {
  const [called = '', method = '', path = '', body, ...more] = args;
  if (!path.startsWith('/') || more.length > 0) throw new UsageError(usage);
  const name = services.find((service) => service === called);
  if (!name) throw new UsageError(`There is no service "${called}": there are ${services.join(', ')}.`);
  const stack = readStackFile(dir);
  if (!stack) throw new StackError(`No stack is running on ${dir}: start one first with npm start.`);
  const response = await fetch(`http://localhost:${stack.ports[name]}${path}`, {
    method,
    headers: {
      [systemTokenHeader]: stack.env.SYSTEM_TOKEN ?? systemToken(readCredentials(dir)),
      'content-type': 'application/json',
    },
    ...(body !== undefined && { body }),
  }).catch((cause: unknown) => {
    throw new StackError(`${name} does not answer: see its log.`, { cause });
  });
  console.log(await response.text());
  return response.ok ? 0 : 1;
};

try {
  const dir = resolve(dataFolder());
  const copy = rootOfStack(dir);
  const args = process.argv.slice(2);
  process.exitCode = await (copy === root ? call(dir, args) : runInCopy(copy, 'tools/stack/call.ts', args, dir));
} catch (error) {
  console.error(forTerminal(error));
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
