import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exampleFolder } from '@quadrille/stack/examples';
import { candidatePort } from '@quadrille/stack/ports';
import { copyForTutorial, type Outcome, outcomeOf } from '@quadrille/tutorials/copy';
import { executeSteps } from '@quadrille/tutorials/execute';
import { readTutorial } from '@quadrille/tutorials/read';

/** A tutorial that was followed to its end in a copy of the repository. The stack that it started still runs. */
export type FollowedTutorial = {
  readonly gateway: string;
  readonly console: string;
  readonly outcome: () => Promise<Outcome>;
  /** What the checks of the repository that examples are left out of find in the copy: nothing, if all is well. */
  readonly findings: () => readonly string[];
  readonly stop: () => Promise<void>;
};

/** Long enough for a start of the whole stack on a busy machine. */
export const tutorialTimeout = 600_000;

export const followTutorial = async (name: string): Promise<FollowedTutorial> => {
  const dir = mkdtempSync(join(tmpdir(), `quadrille-${name}-`));
  const remove = () => rmSync(dir, { recursive: true, force: true });
  try {
    copyForTutorial(dir);
    const site = { dir, gatewayPort: await candidatePort(), consolePort: await candidatePort() };
    const executed = await executeSteps(readTutorial(name), site);
    return {
      gateway: `http://localhost:${site.gatewayPort}`,
      console: `http://localhost:${site.consolePort}`,
      outcome: () => outcomeOf(dir),
      findings: () => findingsIn(dir),
      stop: async () => {
        await executed.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
};

/** The files of an example, as its tutorial has to make them. */
export const exampleFiles = (name: string): Outcome => {
  const folder = exampleFolder(name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const file = join(entry.parentPath, entry.name);
      return [file.slice(folder.length + 1), readFileSync(file, 'utf8')];
    }),
  );
};

/** What the checks find in a copy of the repository in which examples are complete. */
const findingsIn = (dir: string): readonly string[] => {
  const folders = ['contracts', 'console', 'deploy', 'gateway', 'ops', 'services', 'tools/stack'];
  const checks = [
    ['biome', 'ci', '.'],
    ['tsc', '-p', '.'],
    ['tsc', '-p', 'gateway/shop'],
    ['depcruise', '--config', '.dependency-cruiser.mjs', ...folders],
    ['knip'],
  ];
  return checks.flatMap(([command = '', ...args]) => {
    try {
      execFileSync(join(dir, 'node_modules', '.bin', command), args, { cwd: dir, encoding: 'utf8', stdio: 'pipe' });
      return [];
    } catch (error) {
      const { stdout, stderr } = error as { stdout?: string; stderr?: string };
      return [`${command}: ${stdout ?? ''}${stderr ?? ''}`];
    }
  });
};
