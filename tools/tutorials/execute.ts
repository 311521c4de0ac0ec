import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { messageOf } from '@quadrille/process/errors';
import type { Step } from './read.ts';
import { openShell, type Place, type Running, type Shell, startInBackground } from './shell.ts';

/** Where a copy of the repository is, and at which ports its stack is reached. */
export type Site = { readonly dir: string; readonly gatewayPort: number; readonly consolePort: number };

/** A tutorial that was gone through to its end; what it started still runs. */
export type Executed = { readonly stop: () => Promise<void> };

/** Nothing of this process leaks in: it is as in a terminal that was just opened. */
const placeOf = ({ dir, gatewayPort, consolePort }: Site): Place => {
  const { PATH, HOME, QUADRILLE_CACHE, XDG_CACHE_HOME } = process.env;
  const ports = { GATEWAY_PORT: String(gatewayPort), CONSOLE_PORT: String(consolePort) };
  const env = Object.entries({ PATH, HOME, QUADRILLE_CACHE, XDG_CACHE_HOME, NO_COLOR: '1', ...ports });
  return { dir, env: Object.fromEntries(env.filter(([, value]) => value !== undefined)) };
};

const withoutEndsOfLines = (text: string): string => text.replace(/[ \t]+$/gm, '').trim();

/** Whether a command printed what the tutorial shows; `...` stands for anything. */
export const isAsShown = (shown: string, printed: string): boolean => {
  const parts = withoutEndsOfLines(shown)
    .split('...')
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[\\s\\S]*')}$`).test(withoutEndsOfLines(printed));
};

/** @throws when the text to replace is not there, or more than once */
export const applyEdit = (content: string, { before, after }: { before: string; after: string }): string => {
  const count = content.split(before).length - 1;
  if (count !== 1) throw new Error(`The text to change is there ${count} times, not once:\n${before}`);
  return content.replace(before, () => after);
};

/** Does what a tutorial says, line by line, in a copy of the repository. @throws at the first step that does not go as written */
export const executeSteps = async (
  steps: readonly Step[],
  site: Site,
  log: (line: string) => void = () => {},
): Promise<Executed> => {
  const place = placeOf(site);
  const work = mkdtempSync(join(tmpdir(), 'quadrille-tutorial-'));
  const shell = openShell(place, work);
  const running: Running[] = [];
  const stop = async () => {
    shell.close();
    for (const command of running) await command.stop();
    rmSync(work, { recursive: true, force: true });
  };
  try {
    for (const step of steps) {
      log(`${step.place} ${step.kind}`);
      await executeStep(step, { site, place, shell, running }).catch((error: unknown) => {
        throw new Error(`${step.place}: ${messageOf(error)}`, { cause: error });
      });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
};

type Terminal = { readonly site: Site; readonly place: Place; readonly shell: Shell; readonly running: Running[] };

const executeStep = async (step: Step, { site, place, shell, running }: Terminal): Promise<void> => {
  /** Another stack may run on this machine at the ports that the tutorial names. */
  const here = (command: string) => command.replaceAll('localhost:8080', `localhost:${site.gatewayPort}`);
  switch (step.kind) {
    case 'run': {
      const printed = await shell.run(here(step.command));
      if (step.shown !== null && !isAsShown(step.shown, printed))
        throw new Error(`It should print\n${step.shown}\nand prints\n${printed}`);
      return;
    }
    case 'start':
      running.push(await startInBackground(place, here(step.command)));
      return;
    case 'write': {
      const file = join(site.dir, step.file);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, step.content);
      return;
    }
    case 'edit': {
      const file = join(site.dir, step.file);
      writeFileSync(file, applyEdit(readFileSync(file, 'utf8'), step));
    }
  }
};
