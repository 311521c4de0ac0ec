import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A configuration for an apt that keeps to one folder. Of the machine's own it takes how to reach the network, and no more: neither its
 * packages and sources, nor the commands that it runs after each call.
 */
export const aptConfig = (folder: string, machine: string): string => {
  const network = machine
    .split('\n')
    .filter((line) => line.startsWith('Acquire::') && !/^Acquire::(IndexTargets|Languages)/.test(line));
  const own: Record<string, string> = {
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::parts': '/dev/null',
    'Dir::Etc::preferences': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::sourcelist': join(folder, 'sources.list'),
    'Dir::State': folder,
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': folder,
    'APT::Architecture': 'amd64',
    'APT::Architectures::': 'amd64',
    'APT::Install-Recommends': 'false',
    // A user that may not look into a private folder would be of no use.
    'APT::Sandbox::User': 'root',
    // A list that could not be fetched is an error, and not a warning.
    'APT::Update::Error-Mode': 'any',
    'Acquire::Languages': 'none',
  };
  return [...network, ...Object.entries(own).map(([name, value]) => `${name} "${value}";`), ''].join('\n');
};

/** The mirror that this machine's apt uses, or Debian's own. */
export const debianMirror = (etc = '/etc/apt'): string => {
  const parts = join(etc, 'sources.list.d');
  const files = [
    join(etc, 'sources.list'),
    ...(existsSync(parts) ? readdirSync(parts).sort() : [])
      .filter((name) => /\.(list|sources)$/.test(name))
      .map((name) => join(parts, name)),
  ];
  return (
    files
      .filter((file) => existsSync(file))
      .map(mirrorIn)
      .find(Boolean) ?? 'http://deb.debian.org/debian'
  );
};

/** Both ways to write it: `deb [options] URI suite main`, and `URIs: URI`. */
const mirrorIn = (file: string): string | undefined => {
  return /^(?:deb(?:[ \t]+\[[^\]]*\])?|URIs:)[ \t]+(https?:\/\/\S+\/debian)\/?(?:\s|$)/m.exec(
    readFileSync(file, 'utf8'),
  )?.[1];
};
