import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareContracts, type Finding } from '@quadrille/contracts/gate/compare';
import { type Contract, contractsOf, fileOf } from '@quadrille/contracts/gate/schemas';
import { readEventModules } from './generated-events.ts';
import { root } from './root.ts';

/** What consumers and kept events rely on. Only `npm run release-contracts` writes here. */
export const releasedFolder = 'contracts/released';

export const currentContracts = async (): Promise<readonly Contract[]> => {
  const modules = await readEventModules(join(root, 'contracts'));
  return contractsOf(modules.flatMap(({ events }) => events));
};

/** The contracts as files, by their names within a folder. */
export const filesOf = (folder: string, contracts: readonly Contract[]): Readonly<Record<string, string>> =>
  Object.fromEntries(
    contracts.map((contract) => [`${folder}/${fileOf(contract)}`, `${JSON.stringify(contract, null, 2)}\n`]),
  );

export const releasedContracts = (): readonly Contract[] =>
  namesIn(releasedFolder).map((name): Contract => JSON.parse(readFileSync(join(root, releasedFolder, name), 'utf8')));

const namesIn = (folder: string): readonly string[] =>
  existsSync(join(root, folder)) ? readdirSync(join(root, folder)).filter((name) => name.endsWith('.json')) : [];

/** How the contracts of the working tree differ from the released ones. */
export const compareWithReleased = async (): Promise<readonly Finding[]> =>
  compareContracts(releasedContracts(), await currentContracts());
