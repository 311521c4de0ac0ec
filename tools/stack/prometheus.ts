import { existsSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { atomically, cacheFolder } from './cache.ts';
import { type Daemon, failure, isPortTaken, startDaemon, stopDaemon } from './child.ts';
import { unpackDebian } from './debian.ts';
import { candidatePort, until } from './ports.ts';
import { createProgress } from './progress.ts';
import { root } from './root.ts';
import { versions } from './versions.ts';

/** The programs of Prometheus, Debian's. They need no library of the machine but its C library. */
export const installPrometheus = async (
  log: (line: string) => void = () => {},
): Promise<{ prometheus: string; promtool: string }> => {
  const cache = cacheFolder();
  const folder = join(cache, `prometheus-${versions.prometheus}`);
  if (!existsSync(folder)) log(`Downloading Prometheus into ${cache} (about 80 MB, once)`);
  const progress = createProgress(log);
  await atomically(folder, async (work, made) => {
    await unpackDebian({
      what: 'Prometheus',
      suite: 'sid',
      packages: [`prometheus=${versions.prometheus}.*`, `promtool=${versions.prometheus}.*`],
      work,
      made,
      onProgress: (state) => progress.update('Prometheus', state),
    });
    progress.done('Prometheus', 'downloaded');
  });
  const bin = join(folder, 'root/usr/bin');
  return { prometheus: join(bin, 'prometheus'), promtool: join(bin, 'promtool') };
};

/** Where the metrics of a process are. */
export type Target = { readonly service: string; readonly port: number };

export type RunningPrometheus = {
  readonly url: string;
  /** Another set of processes to read, or the same on other ports; it is taken up within seconds. */
  readonly follow: (targets: readonly Target[]) => void;
  readonly stop: () => Promise<unknown>;
};

/**
 * Prometheus with our alert rules, on a free port of this machine.
 * @param options.every between two looks at each process
 * @param options.rules another file of rules
 */
export const startPrometheus = async (options: {
  readonly dir: string;
  readonly every?: string;
  readonly rules?: string;
  readonly log?: (line: string) => void;
}): Promise<RunningPrometheus> => {
  const { dir, every = '5s', rules = join(root, 'deploy/monitoring/alerts.yml'), log } = options;
  const { prometheus } = await installPrometheus(log);
  await mkdir(dir, { recursive: true });
  const follow = (targets: readonly Target[]): void => {
    const groups = targets.map(({ service, port }) => ({ targets: [`127.0.0.1:${port}`], labels: { service } }));
    writeFileSync(join(dir, 'targets.json'), JSON.stringify(groups));
  };
  follow([]);
  writeFileSync(
    join(dir, 'prometheus.yml'),
    `global: { scrape_interval: ${every}, evaluation_interval: ${every} }
rule_files: [${JSON.stringify(rules)}]
scrape_configs:
  - job_name: quadrille
    file_sd_configs: [{ files: [targets.json], refresh_interval: 5s }]
`,
  );
  for (;;) {
    const port = await candidatePort();
    const logFile = join(dir, 'prometheus.log');
    writeFileSync(logFile, '');
    const daemon = await startDaemon({
      command: prometheus,
      args: [
        `--config.file=${join(dir, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(dir, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--enable-feature=exemplar-storage',
      ],
      env: {},
      logFile,
    });
    const url = `http://127.0.0.1:${port}`;
    if (await isUp(daemon, url)) return { url, follow, stop: () => stopDaemon(daemon) };
    if (!isPortTaken(logFile)) throw failure('Prometheus did not start', logFile);
  }
};

const isUp = async ({ exited }: Daemon, url: string): Promise<boolean> => {
  const gone = new AbortController();
  void exited.then(() => gone.abort());
  const answers = () =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  try {
    await until(answers, AbortSignal.any([gone.signal, AbortSignal.timeout(60_000)]), 100);
    return true;
  } catch {
    return false;
  }
};
