import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StackError } from '@quadrille/process/errors';
import { versions } from './versions.ts';

const run = promisify(execFile);

export const javaCommand = (): string => {
  const { JAVA_HOME } = process.env;
  return JAVA_HOME ? join(JAVA_HOME, 'bin', 'java') : 'java';
};

/** What a JVM or Maven of ours gets to see of our environment. */
export const javaEnv = (): Record<string, string> => {
  const env: Record<string, string> = {};
  for (const name of [
    'PATH',
    'HOME',
    'USER',
    'JAVA_HOME',
    'TMPDIR',
    'LANG',
    'MAVEN_OPTS',
    'MAVEN_ARGS',
    'http_proxy',
    'https_proxy',
  ]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
};

/** "17.0.15" out of what `java -version` prints (old ones say 1.8.0_392). */
export const parseJavaVersion = (output: string): { full: string; major: number } | undefined => {
  const full = /version "([^"]+)"/.exec(output)?.[1];
  if (full === undefined) return undefined;
  const [first = '', second = ''] = full.split(/[._+-]/);
  const major = Number(first === '1' ? second : first);
  return Number.isInteger(major) && major > 0 ? { full, major } : undefined;
};

/** The version of the Java that is there, if it will do. */
export const checkJava = async (): Promise<string> => {
  const advice = `install Java ${versions.java} or later (Debian: apt-get install openjdk-17-jre-headless), or set KAFKA_BROKERS and MYSQL_URL`;
  const output = await run(javaCommand(), ['-version'], { env: javaEnv() }).then(
    ({ stderr, stdout }) => stderr + stdout,
    (cause) => {
      throw new StackError(`There is no working Java (tried "${javaCommand()}"): ${advice}.`, { cause });
    },
  );
  const version = parseJavaVersion(output);
  if (!version || version.major < versions.java) {
    throw new StackError(`Java ${version?.full ?? 'of an unknown version'} is too old for Kafka: ${advice}.`);
  }
  return version.full;
};

export const checkMaven = async (): Promise<void> => {
  try {
    await run('mvn', ['-v'], { env: javaEnv() });
  } catch (cause) {
    throw new StackError(
      'There is no working Maven ("mvn -v" fails), which the first start needs for its downloads: install Maven 3.6 or later (Debian: apt-get install maven).',
      { cause },
    );
  }
};
