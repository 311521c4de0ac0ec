import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { codeOf, messageOf, StackError } from '@quadrille/process/errors';
import { guardFolder } from './guard.ts';

/** Where downloads are kept, for all clones on this machine. */
export const cacheFolder = (env = process.env): string => {
  if (env.QUADRILLE_CACHE) return resolve(env.QUADRILLE_CACHE);
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'quadrille');
};

/**
 * Makes a folder of the cache elsewhere and moves it into place when it is whole. Whoever comes second throws its own away.
 * @param make puts it into `made`, a folder in `work` that it creates; `work` is thrown away afterwards
 */
export const atomically = async (
  folder: string,
  make: (work: string, made: string) => Promise<void>,
): Promise<void> => {
  if (existsSync(folder)) return;
  try {
    await mkdir(dirname(folder), { recursive: true });
    const work = await mkdtemp(`${folder}.`);
    guardFolder(work);
    try {
      const made = join(work, 'made');
      await make(work, made);
      await rename(made, folder).catch((error) => {
        if (!existsSync(folder)) throw error;
      });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  } catch (error) {
    throw explain(error, dirname(folder));
  }
};

const explain = (error: unknown, cache: string): unknown => {
  if (error instanceof StackError) return error;
  const advice = 'choose another folder with QUADRILLE_CACHE';
  if (codeOf(error) === 'ENOSPC') {
    return new StackError(`The disk is full, ${cache} needs about 2 GB while it is filled: make room or ${advice}.`);
  }
  return new StackError(
    `What the stack runs could not be put into ${cache} (${messageOf(error)}): make it writable or ${advice}.`,
  );
};
