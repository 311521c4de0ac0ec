import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { events } from '../catalogue.ts';
import { compareContracts } from '../gate/compare.ts';
import { type Contract, contractsOf, fileOf } from '../gate/schemas.ts';

const folderOf = (name: string) => new URL(name, import.meta.url);
const namesIn = (folder: URL) => readdirSync(folder).filter((name) => name.endsWith('.json'));
const jsonIn = (folder: URL, name: string) => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));

const schemas = folderOf('../schemas/');
const released = folderOf('../released/');
const golden = folderOf('golden/');
const current = contractsOf(events);

describe('the contracts of events', () => {
  it('are in contracts/schemas, and nothing else is', () => {
    expect(namesIn(schemas).sort()).toEqual(current.map(fileOf).sort());
    for (const contract of current) expect(jsonIn(schemas, fileOf(contract))).toEqual(contract);
  });

  it('break nothing that was released', () => {
    const before = namesIn(released).map((name): Contract => jsonIn(released, name));
    expect(before.length).toBeGreaterThan(10);
    const findings = compareContracts(before, current);
    expect(findings.filter(({ kind }) => kind === 'breaking')).toEqual([]);
  });

  it('have a golden event for each version that was released', () => {
    const kept = namesIn(golden).map((name) => name.replace(/(\.v\d+)-.*\.json$/, '$1.json'));
    expect(kept).toEqual(expect.arrayContaining(namesIn(released)));
  });

  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  it.each(namesIn(golden))('are kept by the golden event %s', (name) => {
    const { headers, value } = jsonIn(golden, name);
    const contract = current.find(({ $id }) => $id === headers.ce_dataschema);
    if (!contract) throw new Error(`there is no ${headers.ce_dataschema}`);
    const validate = ajv.compile({ ...contract, $id: `${contract.$id}:${name}` });
    expect([validate(JSON.parse(value)), validate.errors]).toEqual([true, null]);
    expect(validate({})).toBe(false);
  });
});
