import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { plantProducts, readDurability } from './database.ts';
import { measureFloors } from './floors.ts';
import { overLimits } from './limits.ts';
import { closedLoop, price } from './load.ts';
import { type Figures, settle } from './measure.ts';
import { linesOf, type Report, toMarkdown, toSvg } from './report.ts';
import { scenarios } from './scenarios.ts';
import { removeData, startSystem, thisVersion, type Version, versionOf } from './system.ts';

const names = Object.keys(scenarios);
const usual = ['peak', 'load', 'hot', 'mixed', 'rest'];

const help = `npm run bench -- [options] [SCENARIO ...]   measures systems that it starts, and compares versions

${names.map((name) => `  ${name.padEnd(10)} ${scenarios[name]?.about}`).join('\n')}

  Without a scenario: ${usual.join(', ')}.

  --repetitions N   how often each is measured, the versions in turn (5)
  --against COMMIT  the same on an older commit, in the same run
  --warmup N        orders placed before, not counted (5000)
  --limits          fail when an order takes more than tools/bench/limits.ts allows (scenario counts)
  --out FOLDER      report.json, report.md and charts (test-artifacts/bench)
`;

const readOptions = () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      repetitions: { type: 'string', default: '5' },
      against: { type: 'string' },
      warmup: { type: 'string', default: '5000' },
      limits: { type: 'boolean', default: false },
      out: { type: 'string', default: join('test-artifacts', 'bench') },
      help: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'repetitions' | 'warmup', least: number): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least || value > 1_000_000)
      throw new Error(`--${name} takes a whole number from ${least} up, not ${values[name]}`);
    return value;
  };
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`there is no scenario ${unknown}: choose among ${names.join(', ')}`);
  return {
    ...{ repetitions: whole('repetitions', 1), warmup: whole('warmup', 0) },
    ...{ against: values.against, out: values.out, limits: values.limits, help: values.help },
    chosen: positionals.length > 0 ? positionals : usual,
  };
};

type Options = ReturnType<typeof readOptions>;

/** One repetition of all scenarios on a new system of one version. */
const runAll = async (version: Version, { chosen, warmup }: Options): Promise<Record<string, Figures>> => {
  const system = await startSystem(version);
  try {
    const productIds = await plantProducts(system.mysqlUrl, 1_000, price);
    const figures: Record<string, Figures> = { floors: await measureFloors(system) };
    if (warmup > 0) {
      const planOf = (index: number) => ({ productId: productIds[index % productIds.length] as number });
      await closedLoop({ gateway: system.gateway, orders: warmup, clients: 256, planOf });
      await settle(system);
    }
    for (const name of chosen) {
      const found = (await scenarios[name]?.run({ system, productIds })) ?? {};
      figures[name] = found;
      const [first] = Object.entries(found);
      console.log(`  ${name}: ${first?.join(' ')}`);
    }
    await settle(system);
    const { consistent, output } = system.check();
    if (!consistent) throw new Error(`the services do not agree after the run:\n${output}`);
    return figures;
  } finally {
    await system.stop();
    removeData(system);
  }
};

const describeMachine = async (version: Version): Promise<string> => {
  const system = await startSystem(version);
  try {
    const database = await readDurability(system.mysqlUrl);
    return `${cpus().length} cores, ${cpus()[0]?.model}, node ${process.version}, ${database}`;
  } finally {
    await system.stop();
    removeData(system);
  }
};

const main = async (): Promise<void> => {
  const options = readOptions();
  if (options.help) return console.log(help);
  const versions = [thisVersion, ...(options.against === undefined ? [] : [versionOf(options.against)])];
  // It brings the packages of each version up to date, too, so that no repetition pays for that.
  let machine = '';
  for (const version of versions) machine = await describeMachine(version);
  const results: Record<string, Record<string, Figures[]>> = {};
  for (let repetition = 1; repetition <= options.repetitions; repetition++)
    for (const version of versions) {
      console.log(`Repetition ${repetition} of ${options.repetitions}, ${version.name}`);
      for (const [name, figures] of Object.entries(await runAll(version, options))) {
        results[name] ??= {};
        results[name][version.name] = [...(results[name][version.name] ?? []), figures];
      }
    }
  const about = Object.fromEntries(names.map((name) => [name, String(scenarios[name]?.about)]));
  const report: Report = { machine, versions: versions.map(({ name }) => name), about, results };
  mkdirSync(options.out, { recursive: true });
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  writeFileSync(join(options.out, 'report.json'), `${JSON.stringify({ commit, ...report }, null, 2)}\n`);
  writeFileSync(join(options.out, 'report.md'), toMarkdown(report));
  for (const [name, ofScenario] of Object.entries(results))
    writeFileSync(join(options.out, `${name}.svg`), toSvg(linesOf(ofScenario, report.versions), report.versions));
  console.log(`\n${toMarkdown(report)}\nWritten to ${options.out}`);
  const over = options.limits ? overLimits(results, thisVersion.name) : [];
  if (over.length > 0) throw new Error(`an order takes more than it may:\n  ${over.join('\n  ')}`);
};

main().then(
  () => process.exit(0),
  (error: Error) => {
    console.error(`bench: ${error.message}`);
    process.exit(1);
  },
);
