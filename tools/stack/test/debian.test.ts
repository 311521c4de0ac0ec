import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { aptConfig, debianMirror } from '../apt-config.ts';
import { aptError, downloadState } from '../debian.ts';

describe('the mirror of Debian', () => {
  let etc: string;
  beforeEach(() => {
    etc = mkdtempSync(join(tmpdir(), 'quadrille-unit-'));
    mkdirSync(join(etc, 'sources.list.d'));
  });
  afterEach(() => rmSync(etc, { recursive: true, force: true }));

  it('is the one that the machine uses, in either way of writing it', () => {
    const sources = join(etc, 'sources.list.d/debian.sources');
    writeFileSync(
      sources,
      'Types: deb\n# URIs: http://old.example/debian\nURIs: https://mirror.example/debian/\nSuites: x\n',
    );
    expect(debianMirror(etc)).toBe('https://mirror.example/debian');
    writeFileSync(
      join(etc, 'sources.list'),
      'deb [arch=amd64 signed-by=/a] http://near.example/debian bookworm main\n',
    );
    expect(debianMirror(etc)).toBe('http://near.example/debian');
  });

  it("is Debian's own where the machine names none", () => {
    const standard = 'http://deb.debian.org/debian';
    writeFileSync(join(etc, 'sources.list'), '# deb http://off.example/debian bookworm main\n');
    writeFileSync(join(etc, 'sources.list.d/other.list'), 'deb https://packages.example/node main\n');
    expect(debianMirror(etc)).toBe(standard);
    expect(debianMirror(join(etc, 'none'))).toBe(standard);
  });
});

describe('the configuration of apt', () => {
  it("has the machine's way to the network, and none of its commands and sources", () => {
    const machine = [
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::IndexTargets::deb::DEP-11::MetaKey "icons";',
      'APT::Update::Post-Invoke:: "rm -rf /";',
      'Dir::Etc::sourcelist "sources.list";',
    ].join('\n');
    const config = aptConfig('/work', machine);
    expect(config).toContain('Acquire::http::Proxy "http://proxy.example:3128";');
    expect(config).toContain('Dir::Etc::sourcelist "/work/sources.list";');
    for (const left of ['DEP-11', 'Post-Invoke', '"sources.list"']) expect(config).not.toContain(left);
  });
});

describe('what apt prints', () => {
  it('becomes the number of the file, and how far all are', () => {
    expect(
      downloadState('dlstatus:1:0.4:Retrieving file 1 of 55\ndlstatus:4:12.9:Retrieving file 4 of 55 (3s)\n'),
    ).toBe('file 4 of 55, 12 %');
    expect(downloadState('pmstatus:x:1:y\n')).toBeUndefined();
  });

  it.each([
    ["E: You don't have enough free space in /cache/archives/.", 'make room'],
    ['E: Failed to fetch http://mirror/x  Could not connect to mirror:80', 'check the network'],
    ["E: The repository 'http://mirror/debian sid Release' does not have a Release file.", 'check the network'],
    ["E: Version '9.7.*' for 'mysql-server-core' was not found", 'tools/stack/versions.ts'],
    ['Reading ...\nE: Something else', 'Something else'],
  ])('says what to do: %s', (output, advice) => {
    expect(aptError('MySQL', 'http://mirror/debian', output).message).toContain(advice);
  });
});
