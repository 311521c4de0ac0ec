import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type DatabaseServer, startDatabase } from '../database.ts';
import { PortTakenError } from '../errors.ts';
import { install } from '../install.ts';
import { startKafka } from '../kafka.ts';
import { mariadb } from '../mariadb.ts';
import { mysql } from '../mysql.ts';
import { candidatePort } from '../ports.ts';
import { parseDatabaseKind } from '../servers.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const folder = () => {
  const dir = mkdtempSync(join(tmpdir(), 'quadrille-ports-'));
  cleanUps.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
};

/** A program that has taken a port, and takes connections. */
const taken = async (): Promise<number> => {
  const port = await candidatePort();
  const server: Server = createServer((socket) => socket.on('error', () => {}));
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  cleanUps.push(() => server.close());
  return port;
};

const kind = parseDatabaseKind(process.env.DATABASE_SERVER || 'mariadb');
const database = async (options: { dir: string; port?: number }): Promise<DatabaseServer> => {
  const installed = (await install({ kafka: false, database: kind, log: () => {} })).database;
  if (!installed) throw new Error('no database was installed');
  const server = await startDatabase({ mariadb, mysql }[kind](installed.home), { ...options, log: () => {} });
  cleanUps.push(server.stop);
  return server;
};
const kafka = async (options: { dir: string; port?: number }) => {
  const installed = (await install({ kafka: true, database: undefined, log: () => {} })).kafka;
  if (!installed) throw new Error('no Kafka was installed');
  const server = await startKafka({ ...installed, ...options, log: () => {} });
  cleanUps.push(server.stop);
  return server;
};

describe('C7: a server whose port another program has taken', () => {
  it('C7: the database takes another port, and remembers that', async () => {
    const dir = folder();
    const port = await taken();
    writeFileSync(join(dir, 'port'), String(port));
    const { url } = await database({ dir });
    expect(new URL(url).port).not.toBe(String(port));
    expect(readFileSync(join(dir, 'port'), 'utf8')).toBe(new URL(url).port);
  });

  it('C7: the database that must have this port says so, and is not taken for the program that is there', async () => {
    await expect(database({ dir: folder(), port: await taken() })).rejects.toThrow(PortTakenError);
  });

  it.each(['broker', 'controller'] as const)('C7: Kafka takes another port for its %s', async (role) => {
    const dir = folder();
    const port = await taken();
    writeFileSync(join(dir, 'ports.json'), JSON.stringify({ [role]: port }));
    await kafka({ dir });
    expect(JSON.parse(readFileSync(join(dir, 'ports.json'), 'utf8'))[role]).not.toBe(port);
  });

  it('C7: a broker that must have this port says so', async () => {
    await expect(kafka({ dir: folder(), port: await taken() })).rejects.toThrow(PortTakenError);
  });
});
