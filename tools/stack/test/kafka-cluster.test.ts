import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StackError } from '@quadrille/process/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseBrokerCount, planKafkaCluster } from '../kafka-cluster.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'quadrille-cluster-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

describe('A4: how many brokers a data folder has', () => {
  it('one in a new folder, or as many as were asked for', () => {
    expect(chooseBrokerCount(dir, undefined)).toBe(1);
    expect(chooseBrokerCount(dir, 3)).toBe(3);
  });

  it('three are remembered, and another number is one error that says what to do', async () => {
    await planKafkaCluster(dir);
    expect(chooseBrokerCount(dir, undefined)).toBe(3);
    expect(chooseBrokerCount(dir, 3)).toBe(3);
    expect(() => chooseBrokerCount(dir, 1)).toThrow(StackError);
    expect(() => chooseBrokerCount(dir, 1)).toThrow(/are of 3 brokers, not of 1: .*--fresh --brokers 1/);
  });

  it('one is remembered, also of a folder from before there could be three', () => {
    mkdirSync(join(dir, 'data'));
    expect(chooseBrokerCount(dir, undefined)).toBe(1);
    expect(() => chooseBrokerCount(dir, 3)).toThrow(/are of 1 broker, not of 3: .*--fresh --brokers 3/);
  });
});

describe('A4: the ports of brokers', () => {
  it('are six, below those that clients get, and the same again', async () => {
    const { nodes, clusterId } = await planKafkaCluster(dir);
    const ports = nodes.flatMap(({ broker, controller }) => [broker, controller]);
    expect(new Set(ports).size).toBe(6);
    for (const port of ports) expect(port).toBeLessThan(32_768);
    expect(await planKafkaCluster(dir)).toMatchObject({ nodes, clusterId });
  });

  it('are others where somebody has taken one, and the rest stays', async () => {
    const { nodes } = await planKafkaCluster(dir);
    const taken = nodes[1]?.broker;
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(taken, '127.0.0.1', resolve));
    const again = await planKafkaCluster(dir);
    await new Promise((resolve) => other.close(resolve));
    expect(again.nodes[1]?.broker).not.toBe(taken);
    expect(again.nodes[1]?.controller).toBe(nodes[1]?.controller);
    expect([again.nodes[0], again.nodes[2]]).toEqual([nodes[0], nodes[2]]);
  });
});
