import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StackError } from '@quadrille/process/errors';
import { atomically, cacheFolder } from './cache.ts';
import { unpackDebian } from './debian.ts';
import { createProgress } from './progress.ts';
import { versions } from './versions.ts';

/** What to launch, and what it must find in its environment. */
export type InstalledChromium = { executablePath: string; env: Record<string, string> };

/**
 * A Chromium without windows, for the tests: the one that CHROMIUM names, or else Debian's, with libraries and fonts of its own in the
 * cache. It is the same on every machine, and so are the letters in its pictures.
 */
export const installChromium = async (log: (line: string) => void = () => {}): Promise<InstalledChromium> => {
  const { CHROMIUM: given } = process.env;
  if (given) return givenChromium(given);
  const cache = cacheFolder();
  const folder = join(cache, `chromium-${versions.debian}`);
  if (!existsSync(folder)) log(`Downloading Chromium into ${cache} (about 160 MB, once)`);
  const progress = createProgress(log);
  await atomically(folder, async (work, made) => {
    await unpackDebian({
      what: 'Chromium',
      suite: versions.debian,
      packages: ['chromium-headless-shell', 'fonts-liberation', 'fonts-dejavu-core'],
      // Libraries can be newer than the machine's, but the loader and its own C library cannot be parted.
      except: ['libc6'],
      work,
      made,
      onProgress: (state) => progress.update('Chromium', state),
    });
    await writeFile(join(made, 'fonts.conf'), fontsConf(folder));
    progress.done('Chromium', 'downloaded');
  });
  const libraries = [
    'usr/lib/x86_64-linux-gnu',
    'usr/lib/x86_64-linux-gnu/nss',
    'usr/lib/x86_64-linux-gnu/pulseaudio',
    'lib/x86_64-linux-gnu',
  ];
  return {
    executablePath: join(folder, 'root/usr/lib/chromium/chromium-headless-shell'),
    env: {
      LD_LIBRARY_PATH: libraries.map((path) => join(folder, 'root', path)).join(':'),
      FONTCONFIG_FILE: join(folder, 'fonts.conf'),
    },
  };
};

const givenChromium = (path: string): InstalledChromium => {
  if (existsSync(path)) return { executablePath: path, env: {} };
  throw new StackError(`There is no browser at CHROMIUM=${path}: correct the path, or unset CHROMIUM to get one.`);
};

/** Only the fonts that came along, whatever the machine has. */
const fontsConf = (folder: string): string => {
  const path = folder.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const families = { 'sans-serif': 'Sans', 'system-ui': 'Sans', sans: 'Sans', serif: 'Serif', monospace: 'Mono' };
  const aliases = Object.entries(families).map(
    ([family, style]) =>
      `  <alias><family>${family}</family><prefer><family>Liberation ${style}</family></prefer></alias>`,
  );
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>${path}/root/usr/share/fonts</dir>
  <cachedir>${path}/font-cache</cachedir>
${aliases.join('\n')}
</fontconfig>
`;
};
