// npm run check: everything that can be said about the code without running it.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { styleText } from 'node:util';
import { compareWithReleased } from './contracts.ts';
import { contentOf, generatedFiles } from './generated.ts';
import { root } from './root.ts';

type Outcome = 'passed' | 'failed' | 'warning';

const bin = join(root, 'node_modules', '.bin');
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };

const wanted = await generatedFiles();
const findings = await compareWithReleased();

const checks: { title: string; run: () => Outcome }[] = [
  { title: 'Format and lint (biome)', run: () => command('biome', ['ci', '.']) },
  { title: 'Types (tsc)', run: () => command('tsc', ['-p', '.']) },
  { title: "Types of the shop's scripts (tsc)", run: () => command('tsc', ['-p', 'gateway/shop']) },
  { title: "Types of the payment page's script (tsc)", run: () => command('tsc', ['-p', 'services/pay/page']) },
  { title: "Types of the console's script (tsc)", run: () => command('tsc', ['-p', 'console/assets']) },
  {
    title: 'Import rules (dependency-cruiser)',
    run: () => command('depcruise', ['--config', '.dependency-cruiser.mjs', ...folders()]),
  },
  { title: 'Unused code (knip)', run: () => command('knip', []) },
  { title: 'Generated files (npm run generate)', run: generated },
  { title: 'Pages and their links (npm run docs)', run: () => command('node', ['tools/docs/main.ts']) },
  { title: 'Contracts of events (docs/contracts.md)', run: contracts },
  { title: 'The choreography (npm run score)', run: () => command('node', ['tools/score/main.ts', '--check']) },
  { title: 'Known vulnerabilities in what runs (npm audit)', run: audit },
];

const outcomes = checks.map(({ title, run }) => {
  console.log(`\n${styleText('bold', `== ${title}`)}`);
  return { title, outcome: run() };
});

console.log(`\n${styleText('bold', '== Summary')}`);
const colours = { passed: 'green', failed: 'red', warning: 'yellow' } as const;
for (const { title, outcome } of outcomes) console.log(`${styleText(colours[outcome], outcome.padEnd(7))} ${title}`);
process.exitCode = outcomes.some(({ outcome }) => outcome === 'failed') ? 1 : 0;

function command(name: string, args: string[]): Outcome {
  const { status, error } = spawnSync(name, args, { cwd: root, env, stdio: 'inherit' });
  if (error) console.error(error.message);
  return status === 0 ? 'passed' : 'failed';
}

function generated(): Outcome {
  const stale = Object.entries(wanted)
    .filter(([file, content]) => content !== contentOf(file))
    .map(([file]) => file);
  if (stale.length > 0) console.error(`Not as npm run generate writes it: ${stale.join(', ')}`);
  return stale.length === 0 ? 'passed' : 'failed';
}

/** What differs from the released contracts. Only what breaks them fails. */
function contracts(): Outcome {
  for (const { kind, text } of findings) console[kind === 'breaking' ? 'error' : 'log'](`${kind}: ${text}`);
  return findings.some(({ kind }) => kind === 'breaking') ? 'failed' : 'passed';
}

/** Every folder of the repository that git would show, but the examples: these are complete only in a copy (test/support/tutorial.ts checks them there). */
function folders(): string[] {
  return readdirSync(root, { withFileTypes: true })
    .filter(
      (entry) =>
        entry.isDirectory() &&
        !entry.name.startsWith('.') &&
        !['node_modules', 'coverage', 'examples', 'site', 'test-artifacts'].includes(entry.name),
    )
    .map((entry) => entry.name);
}

/** A registry that cannot be asked is no reason to stop; a finding is. */
function audit(): Outcome {
  const { stdout, status } = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: root, env, encoding: 'utf8' });
  const outcome = readAudit(stdout ?? '', status);
  if (outcome === 'warning')
    console.warn(
      'The registry could not be asked for known vulnerabilities: run npm audit --omit=dev where it can be.',
    );
  else if (outcome === 'failed') console.error(stdout);
  else console.log('None known.');
  return outcome;
}

function readAudit(json: string, status: number | null): Outcome {
  if (!/"vulnerabilities"/.test(json)) return 'warning';
  return status === 0 ? 'passed' : 'failed';
}
