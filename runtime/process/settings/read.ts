import { SettingsError } from './error.ts';
import { isSetting, type Setting, type Settings, type ValuesOf } from './setting.ts';
import { find, type Source, sourceOf } from './source.ts';

/**
 * Reads the settings that a process needs, once, at its start.
 * @throws SettingsError that names all that is wrong, also in parts of quadrille.yaml that other processes read
 */
export const readSettings = <Wanted extends Settings>(
  wanted: Wanted,
  source: Source = sourceOf(),
): ValuesOf<Wanted> => {
  const problems: string[] = [...(source.file?.problems ?? [])];
  const readAll = (settings: Settings): object =>
    Object.freeze(
      Object.fromEntries(
        Object.entries(settings).map(([name, some]) => [
          name,
          isSetting(some) ? readOne(some, source, problems) : readAll(some),
        ]),
      ),
    );
  const values = readAll(wanted);
  if (problems.length === 0) return values as ValuesOf<Wanted>;
  const where = source.file ? `the environment and ${source.file.place}` : 'the environment';
  throw new SettingsError(`wrong settings in ${where}: ${problems.join('; ')}`);
};

const readOne = (setting: Setting, source: Source, problems: string[]): unknown => {
  const { raw, called, unreadable } = find(setting, source);
  if (unreadable) {
    problems.push(`${called}: the file cannot be read`);
    return undefined;
  }
  const parsed = setting.type.safeParse(raw);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues)
    problems.push(`${called}${path.map((part) => `.${String(part)}`).join('')}: ${message}`);
  return undefined;
};
