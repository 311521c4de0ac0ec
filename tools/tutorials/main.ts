// npm run tutorial -- NAME: goes through a tutorial in a copy of the repository; with --write its outcome becomes the example.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '@quadrille/process/errors';
import { exampleFolder } from '@quadrille/stack/examples';
import { candidatePort } from '@quadrille/stack/ports';
import { copyForTutorial, outcomeOf, writeExample } from './copy.ts';
import { executeSteps } from './execute.ts';
import { readTutorial } from './read.ts';

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [name = ''] = positionals;

const dir = mkdtempSync(join(tmpdir(), `quadrille-${name}-`));
try {
  const steps = readTutorial(name);
  copyForTutorial(dir);
  const ports = { gatewayPort: await candidatePort(), consolePort: await candidatePort() };
  const { stop } = await executeSteps(steps, { dir, ...ports }, console.log);
  await stop();
  const outcome = await outcomeOf(dir);
  if (values.write) writeExample(exampleFolder(name), outcome);
  console.log(
    `${values.write ? 'Written to' : 'It makes the files of'} examples/${name}: ${Object.keys(outcome).length}`,
  );
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}
