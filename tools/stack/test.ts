// npm test: the tests on servers of their own, which are gone afterwards.
//
//   node tools/stack/bootstrap.mjs tools/stack/test.ts [unit|integration|e2e] [arguments for vitest]
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { constants, devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { installChromium } from './chromium.ts';
import { forTerminal } from './errors.ts';
import { guardChild, guardFolder } from './guard.ts';
import { onEnd } from './lifeline.ts';
import { root } from './root.ts';
import { type Servers, startServers } from './servers.ts';
import { parseTestArguments } from './test-arguments.ts';

const { projects, vitestArguments } = parseTestArguments(process.argv.slice(2));
const keep = process.env.KEEP === '1';
const log = (line: string) => console.log(line);
const dir = mkdtempSync(join(tmpdir(), 'quadrille-test-'));
if (!keep) guardFolder(dir);

let servers: Servers | undefined;
let vitest: ChildProcess | undefined;
let ended = false;

onEnd(async () => {
  ended = true;
  // Vitest has had the Ctrl-C too; then its exit leads on. Otherwise it is told here.
  if (vitest) vitest.kill('SIGTERM');
  else await finish(130);
});

try {
  const env = testEnv();
  if (projects.some((project) => project !== 'unit')) {
    // Never the servers of a running stack, nor those the shell's KAFKA_BROKERS and MYSQL_URL name: tests write and delete.
    const { DATABASE_SERVER } = process.env;
    const [running] = await Promise.all([
      startServers({ dir, env: { DATABASE_SERVER }, log }),
      // Here, because a download takes its time and says how far it is. Without a browser its own tests fail; the others need none.
      projects.includes('e2e') ? installChromium(log).catch((error) => log(String(forTerminal(error)))) : undefined,
    ]);
    servers = running;
    env.TEST_KAFKA_BROKERS = servers.brokers.join(',');
    env.TEST_MYSQL_URL = servers.mysqlUrl;
  }
  await finish(ended ? 130 : await runVitest(env));
} catch (error) {
  console.error(forTerminal(error));
  await finish(1);
}

function testEnv(): NodeJS.ProcessEnv {
  const {
    KAFKA_BROKERS: _brokers,
    MYSQL_URL: _url,
    TEST_KAFKA_BROKERS: _testBrokers,
    TEST_MYSQL_URL: _testUrl,
    ...env
  } = process.env;
  // Tests are about this repository, whatever a quadrille.yaml in its folder says.
  return { ...env, TEST_DIR: dir, QUADRILLE_CONFIG: devNull };
}

function runVitest(env: NodeJS.ProcessEnv): Promise<number> {
  const args = ['run', ...projects.flatMap((project) => ['--project', project]), ...vitestArguments];
  const child = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), ...args], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  guardChild(child);
  vitest = child;
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)));
  });
}

async function finish(code: number): Promise<never> {
  await servers?.stop();
  if (keep) console.log(`The data are kept in ${dir}`);
  else await rm(dir, { recursive: true, force: true });
  process.exit(code);
}
