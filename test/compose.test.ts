import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { services as serviceNames } from '@quadrille/services';
import { databases } from '@quadrille/services/databases';
import { root } from '@quadrille/stack/root';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import schema from './fixtures/compose-spec.json' with { type: 'json' };
import { mains, variablesOf } from './support/settings.ts';

type Service = {
  build?: string;
  image: string;
  command?: string[];
  environment: Record<string, string>;
  secrets?: string[];
  ports?: string[];
  networks: string[];
  user?: string;
  privileged?: boolean;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  mem_limit?: string;
};
type Compose = {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  secrets: Record<string, { file: string }>;
};

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const compose: Compose = parse(read('docker-compose.yml'), { merge: true });
const service = (name: string): Service => {
  const found = compose.services[name];
  if (!found) throw new Error(`docker-compose.yml has no service ${name}`);
  return found;
};
const all = Object.entries(compose.services);
const processes = Object.keys(mains);
const servers = ['mysql', 'kafka'];

describe('docker-compose.yml', () => {
  it('is what the Compose specification allows', () => {
    const validate = new Ajv2020({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  it('runs every process of the stack, its setup and its two servers, and nothing else', () => {
    expect(Object.keys(compose.services).sort()).toEqual([...processes, ...servers].sort());
    for (const name of processes) expect(service(name).command).toEqual(['node', mains[name]]);
  });

  it.each(processes)('gives %s the settings that its code reads, and each that it needs', (name) => {
    const settings = variablesOf(name);
    const given = Object.keys(service(name).environment).map((key) => key.replace(/_FILE$/, ''));
    expect([...settings.keys()]).toEqual(expect.arrayContaining(given));
    const needed = [...settings].filter(([, required]) => required).map(([key]) => key);
    expect(given).toEqual(expect.arrayContaining(needed));
    expect(new Set(given).size).toBe(given.length);
  });

  it.each(all)('gives %s the secrets that it reads, and no other', (_name, { environment, secrets = [] }) => {
    const files = Object.entries(environment).filter(([key]) => key.endsWith('_FILE'));
    expect(files.map(([, file]) => file).sort()).toEqual(secrets.map((secret) => `/run/secrets/${secret}`).sort());
    for (const secret of secrets) expect(compose.secrets[secret]?.file).toBe(`deploy/secrets/${secret}.txt`);
  });

  it('holds no password and takes none from a variable', () => {
    for (const [, { environment }] of all)
      for (const [key, value] of Object.entries(environment)) {
        expect(String(value)).not.toMatch(/:\/\/[^/\s]*@/);
        if (/PASSWORD|SECRET|DATABASE_URL|MYSQL_URL/.test(key)) expect(key).toMatch(/_FILE$/);
      }
  });

  it('opens two ports, the gateway and the console, to this machine only', () => {
    expect(all.filter(([, { ports }]) => ports).map(([name]) => name)).toEqual(['gateway', 'console']);
    for (const name of ['gateway', 'console'])
      expect(service(name).ports).toEqual([expect.stringContaining(':-127.0.0.1:')]);
  });

  it('keeps the gateway away from the database and Kafka, and these away from the world', () => {
    for (const name of servers) {
      expect(service(name).networks).toEqual(['core']);
      expect(service('gateway').networks).not.toContain('core');
    }
    expect(compose.networks.core?.internal).toBe(true);
  });

  it.each(all)('gives %s no rights and bounds its memory', (_name, { privileged, ...rest }) => {
    expect(privileged).toBeUndefined();
    expect(rest.cap_drop).toEqual(['ALL']);
    expect(rest.security_opt).toEqual(['no-new-privileges:true']);
    expect(rest.mem_limit).toMatch(/^\d+[mg]$/);
  });

  it.each(processes)('runs %s from the one image, which it cannot write to', (name) => {
    const { build, image, read_only: readOnly, user } = service(name);
    expect({ build, image, readOnly, user }).toEqual({ build: '.', image: 'quadrille:local', readOnly: true });
  });
});

describe('Dockerfile', () => {
  it('has the Node that this repository pins, and a user that is not root', () => {
    const { devDependencies } = JSON.parse(read('package.json'));
    const major = String(devDependencies.node).split('.')[0];
    expect(read('Dockerfile')).toMatch(new RegExp(`^ARG BASE_IMAGE=\\S+/node:${major}-slim$`, 'm'));
    expect(read('Dockerfile')).toMatch(/^USER [1-9]\d*:[1-9]\d*$/m);
  });

  it('is given every package that runs, and no secret', () => {
    const lines = read('.dockerignore').split('\n');
    const { workspaces } = JSON.parse(read('package.json'));
    const folders = new Set(['deploy', ...workspaces.map((path: string) => path.replace('/*', ''))]);
    // These run on no server; npm ci asks for their manifests.
    for (const folder of ['client', 'tools/bench', 'tools/chaos', 'tools/docs', 'tools/simulate', 'tools/stack'])
      expect(lines).toContain(`!${folder}/package.json`);
    folders.delete('client');
    folders.delete('tools');
    expect(lines).toEqual(
      expect.arrayContaining(['**', 'deploy/secrets', ...[...folders].map((folder) => `!${folder}`)]),
    );
  });
});

describe('deploy/secrets.sh', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'quadrille-secrets-'));
    mkdirSync(join(dir, 'deploy'));
    copyFileSync(join(root, 'deploy/secrets.sh'), join(dir, 'deploy/secrets.sh'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const make = () => {
    execFileSync('sh', ['deploy/secrets.sh'], { cwd: dir });
    const folder = join(dir, 'deploy/secrets');
    return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8').trim()]));
  };

  it('makes what docker-compose.yml mounts, in a folder that others cannot enter, and leaves alone what is there', () => {
    const made = make();
    expect([...made.keys()].sort()).toEqual(
      Object.keys(compose.secrets)
        // The key of an operator is for people: no process has it, only its hash.
        .concat('gateway_operator_key')
        .map((name) => `${name}.txt`)
        .sort(),
    );
    expect(statSync(join(dir, 'deploy/secrets')).mode & 0o777).toBe(0o700);
    expect(make()).toEqual(made);
  });

  it('gives each service its own user and database, and the relay one user in all of them', () => {
    const made = make();
    const urls = new Map(serviceNames.map((name) => [name, new URL(String(made.get(`${name}_database_url.txt`)))]));
    for (const [name, url] of urls)
      expect([url.username, url.pathname, url.host]).toEqual([name, `/${databases[name]}`, 'mysql:3306']);
    const relay = String(made.get('relay_database_urls.txt'))
      .split(',')
      .map((text) => new URL(text));
    expect(relay.map(({ pathname }) => pathname)).toEqual(serviceNames.map((name) => `/${databases[name]}`));
    expect(new Set(relay.map(({ username, password }) => `${username}:${password}`)).size).toBe(1);
    expect(new Set([...urls.values()].map(({ password }) => password)).size).toBe(serviceNames.length);
  });
});
