// The one file that has to run on whatever Node the machine has (20 or later) with no package installed:
// it brings node_modules up to date and hands over to the pinned Node, which runs our TypeScript as it is, or a bundle of it if there is one.
//
//   node tools/stack/bootstrap.mjs FILE [args]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundledAs, bundlesOfSource } from './bundles.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const lockfile = join(root, 'package-lock.json');
const installed = join(root, 'node_modules', '.package-lock.json');
const stamp = join(root, 'node_modules', '.quadrille-lock');
const node = join(root, 'node_modules', '.bin', 'node');

/** The stamp spares every start but the first the reading of two lockfiles. */
function isUpToDate() {
  if (!existsSync(installed) || !existsSync(node)) return false;
  const hash = lockHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return true;
  if (!isInstalledFrom(lockfile)) return false;
  writeFileSync(stamp, hash);
  return true;
}

function lockHash() {
  return createHash('sha256').update(readFileSync(lockfile)).digest('hex');
}

/** Whoever ran `npm ci` or `npm install` by hand need not wait for a second one. */
function isInstalledFrom(file) {
  const wanted = JSON.parse(readFileSync(file, 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || present[path]?.version === entry.version,
  );
}

function installPackages() {
  console.log('Installing npm packages (npm ci) ...');
  const { status, error } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--progress=true'], {
    cwd: root,
    stdio: 'inherit',
  });
  if (error || status !== 0) {
    console.error(
      'The npm packages could not be installed: see the lines above, check the network and the free disk space, then run "npm ci" and try again.',
    );
    process.exit(1);
  }
  writeFileSync(stamp, lockHash());
}

function run(file, args) {
  // The IPC channel carries no message: it closes when this process dies, however it dies, and so tells the child.
  const child = spawn(node, [file, ...args], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  child.on('error', (error) => {
    console.error(`Node 24 could not be started (${error.message}): delete node_modules and try again.`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
  // Ctrl-C reaches the child by itself (same process group) and once more from here: the child takes the second as the first.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  stopWithNpm(child);
}

/** A killed npm cannot pass its signal on. Without npm a new parent means no more than a shell that was closed. */
function stopWithNpm(child) {
  if (!process.env.npm_lifecycle_event) return;
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) child.kill('SIGTERM');
  }, 1000).unref();
}

const [file, ...args] = process.argv.slice(2);
if (!file) {
  console.error('Usage: node tools/stack/bootstrap.mjs FILE [args]');
  process.exit(2);
}
if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Node ${process.versions.node} is too old: install Node 20 or later.`);
  process.exit(1);
}
if (!isUpToDate()) installPackages();
const bundle = join(bundlesOfSource(), bundledAs(relative(root, resolve(file))));
run(existsSync(bundle) ? bundle : file, args);
