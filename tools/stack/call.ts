// npm run call -- SERVICE METHOD PATH: asks a service of the stack that npm start runs at its own port, as processes of the system do.
import { resolve } from 'node:path';
import { StackError, UsageError } from '@quadrille/process/errors';
import { systemTokenHeader } from '@quadrille/process/system-token';
import { readCredentials } from './credentials.ts';
import { forTerminal } from './errors.ts';
import { rootOfStack, runInCopy } from './handover.ts';
import { systemToken } from './process-env.ts';
import { root } from './root.ts';
import { dataFolder, readStackFile } from './stack-file.ts';
import { parseProcessName } from './start-arguments.ts';

const call = async (dir: string, args: readonly string[]): Promise<number> => {
  const [name, method, path, ...more] = args;
  if (name === undefined || method === undefined || !path?.startsWith('/') || more.length > 0)
    throw new UsageError(
      'Name a service, a method and a path, for example: npm run call -- order GET /orders/ORDER-ID',
    );
  const process = parseProcessName(name);
  const stack = readStackFile(dir);
  if (!stack) throw new StackError(`No stack is running on ${dir}: start one first with npm start.`);
  const answer = await fetch(`http://127.0.0.1:${stack.ports[process]}${path}`, {
    method: method.toUpperCase(),
    headers: { [systemTokenHeader]: systemToken(readCredentials(dir)) },
  });
  console.log(await answer.text());
  return answer.ok ? 0 : 1;
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
