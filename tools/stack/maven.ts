import { spawn } from 'node:child_process';
import { StackError } from '@quadrille/process/errors';
import { started } from './child.ts';
import { javaEnv } from './java.ts';
import { versions } from './versions.ts';

const plugin = `org.apache.maven.plugins:maven-dependency-plugin:${versions.mavenDependencyPlugin}`;

type MavenOptions = {
  /** What is fetched, for people. */
  what: string;
  goal: 'copy-dependencies' | 'unpack';
  args: string[];
  cwd: string;
  /** A repository of its own: Maven 3 does not lock the shared one against a second Maven. It is thrown away afterwards. */
  repository: string;
  onProgress(state: string): void;
};

export const runMaven = async (options: MavenOptions): Promise<void> => {
  const { what, goal, args, cwd, repository, onProgress } = options;
  // Not in batch mode (-B): that would leave out how far each download is.
  const child = spawn(
    'mvn',
    [`${plugin}:${goal}`, `-Dmaven.repo.local=${repository}`, '-Dstyle.color=never', ...args],
    {
      cwd,
      env: javaEnv(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    },
  );
  const reading = createDownloadReader();
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      said.push(chunk);
      onProgress(reading(chunk));
    });
  }
  const { exited } = await started(child, 'mvn');
  const { code } = await exited;
  if (code !== 0) throw mavenError(what, said.join(''));
};

/** Turns what Maven prints into "12 files, now 4.1/149 MB". */
export const createDownloadReader = (): ((chunk: string) => string) => {
  let files = 0;
  let current = '';
  return (chunk) => {
    files += chunk.match(/Downloaded from/g)?.length ?? 0;
    const running = [...chunk.matchAll(/Progress \(\d+\): ([^\r\n]+)/g)].at(-1)?.[1];
    if (running !== undefined) current = running.trim();
    else if (chunk.includes('Downloaded from')) current = '';
    return `${files} files${current && `, now ${current}`}`;
  };
};

export const mavenError = (what: string, output: string): StackError => {
  if (/no space left on device/i.test(output)) {
    return new StackError(`${what} could not be downloaded because the disk is full: make room and try again.`);
  }
  const reason = /\[ERROR\] (.*)/.exec(output)?.[1] ?? output.trim().split('\n').at(-1) ?? '';
  const network =
    /unknown host|connect to|connection (refused|timed out|reset)|could not transfer|name resolution/i.test(output);
  return network
    ? new StackError(
        `${what} could not be downloaded because Maven Central is out of reach: check the network (or the mirror and proxy in ~/.m2/settings.xml) and try again.`,
      )
    : new StackError(`${what} could not be downloaded: ${reason.slice(0, 300)}`);
};
