// node .ci/complete-lock.mjs [FOLDER]   after every npm install on a registry mirror that lacks some packages
//
// A mirror may not serve the optional packages of other platforms. npm then leaves them out of package-lock.json without a word, and
// `npm ci` refuses such a file on every machine. This names them again, by the version that their parent asks for.
import { readFileSync, writeFileSync } from 'node:fs';

const file = `${process.argv[2] ?? '.'}/package-lock.json`;
const lock = JSON.parse(readFileSync(file, 'utf8'));
let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    // where node would look, from inside out
    let found = false;
    for (let base = path; ; base = base.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')) {
      if (lock.packages[`${base ? `${base}/` : ''}node_modules/${name}`]) {
        found = true;
        break;
      }
      if (!base) break;
    }
    if (found) continue;
    if (!/^\d/.test(version)) {
      process.stdout.write(`not exact: ${path} ${name} ${version}\n`);
      continue;
    }
    const prefix = path.slice(0, path.lastIndexOf('node_modules/'));
    const key = `${prefix}node_modules/${name}`;
    lock.packages[key] = { version, ...(entry.dev && { dev: true }), optional: true, ...platform(name) };
    added++;
  }
}
function platform(name) {
  const words = name.split(/[/-]/);
  const os = words.find((w) =>
    ['android', 'darwin', 'win32', 'freebsd', 'linux', 'openharmony', 'netbsd', 'openbsd', 'sunos', 'aix'].includes(w),
  );
  const cpu = words.find((w) =>
    ['arm64', 'x64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el'].includes(w),
  );
  const libc = words.includes('musl') ? 'musl' : words.some((w) => w === 'gnu') ? 'glibc' : undefined;
  return { ...(os && { os: [os] }), ...(cpu && { cpu: [cpu] }), ...(libc && { libc: [libc] }) };
}
const sorted = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
lock.packages = sorted;
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} added\n`);
