// npm run score: writes the choreography as documents, and says what is wrong with it. Ends with 1 then, and with 2 when it could not look.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { events } from '@quadrille/contracts/catalogue';
import { scoreWith } from '@quadrille/ops/score/score';
import { forTerminal } from '@quadrille/stack/errors';
import { root } from '@quadrille/stack/root';
import { check, isProven } from './check.ts';
import { scoreFiles } from './files.ts';
import { observe } from './observe.ts';
import { descriptionsOf, placeOf } from './places.ts';

/** So many runs are quick; every decision has come many times by then. `--runs 20000` looks whether rarer ones are missing. */
const quick = 400;

const help = `npm run score -- [options]   derives the choreography from manifests and simulated runs

  --check     writes nothing: says which files are not as they should be
  --runs N    so many simulated runs (${quick}); with another number nothing is written
`;

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      check: { type: 'boolean', default: false },
      runs: { type: 'string', default: String(quick) },
      help: { type: 'boolean', default: false },
    },
  });
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs takes a whole number from 1 up, not ${values.runs}`);
  return { isCheck: values.check || runs !== quick, runs, isHelp: values.help };
};

const contentOf = (file: string): string =>
  existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';

const run = async (): Promise<boolean> => {
  const { isCheck, runs, isHelp } = readOptions();
  if (isHelp) {
    console.log(help);
    return true;
  }
  const score = scoreWith(await observe(runs), descriptionsOf(events.map(({ type }) => type)));
  const findings = check(score, runs);
  for (const finding of findings) {
    const { file, line } = placeOf(finding);
    console.error(`${isProven(finding) ? '' : 'warning: '}${file}:${line}: ${finding.what}`);
  }
  const files = Object.entries(scoreFiles(score));
  const stale = files.filter(([file, content]) => content !== contentOf(file)).map(([file]) => file);
  if (!isCheck) for (const [file, content] of files) writeFileSync(join(root, file), content);
  else if (stale.length > 0) console.error(`Not as npm run score writes it: ${stale.join(', ')}`);
  const ended = findings.length === 0 ? 'nothing is wrong with it' : `${findings.length} found`;
  console.log(
    `The score: ${score.events.length} events, ${score.decisions.length} decisions in ${runs} simulated runs; ${ended}.`,
  );
  return !findings.some(isProven) && !(isCheck && stale.length > 0);
};

try {
  process.exitCode = (await run()) ? 0 : 1;
} catch (error) {
  console.error(forTerminal(error));
  process.exitCode = 2;
}
