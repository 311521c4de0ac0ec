import { spellingsOf } from './names.ts';
import type { AnnouncerOptions, ServiceOptions } from './options.ts';
import { planService } from './plan.ts';
import {
  announcerContractFile,
  announcerMainFile,
  announcerManifestFile,
  announcerRulesFile,
  announcerSchemaFile,
  announcerStoreFile,
} from './templates/announcer.ts';
import { announcerApiFile, announcerRulesTestFile, announcerStoreTestFile } from './templates/announcer-edges.ts';
import { contractFile } from './templates/contract.ts';
import {
  apiFile,
  drizzleFile,
  mainFile,
  manifestFile,
  perOrderFile,
  schemaFile,
  storeFile,
} from './templates/parts.ts';
import { rulesFile } from './templates/rules.ts';
import { rulesTestFile, storeTestFile } from './templates/tests.ts';

/** The files of a new service, by their places in the repository, without its migration and what is generated. */
export const serviceFiles = (options: ServiceOptions): Readonly<Record<string, string>> => {
  const plan = planService(options);
  const contract = contractFile(plan);
  const folder = `services/${options.name}`;
  return {
    ...(contract !== null && { [`contracts/${options.name}-events.ts`]: contract }),
    [`${folder}/rules.ts`]: rulesFile(plan),
    [`${folder}/schema.ts`]: schemaFile(plan),
    [`${folder}/store.ts`]: storeFile(plan),
    [`${folder}/per-order.ts`]: perOrderFile(plan),
    [`${folder}/service.ts`]: manifestFile(plan),
    [`${folder}/main.ts`]: mainFile(plan),
    ...(options.http && { [`${folder}/api.ts`]: apiFile(plan) }),
    [`${folder}/drizzle.config.ts`]: drizzleFile(),
    [`${folder}/test/rules.test.ts`]: rulesTestFile(plan),
    [`${folder}/test/store.int.test.ts`]: storeTestFile(plan),
  };
};

/** The same of a service that subscribes to nothing. */
export const announcerFiles = ({ name, announces }: AnnouncerOptions): Readonly<Record<string, string>> => {
  const plan = { name: spellingsOf(name), event: spellingsOf(announces) };
  const folder = `services/${name}`;
  return {
    [`contracts/${name}-events.ts`]: announcerContractFile(plan),
    [`${folder}/rules.ts`]: announcerRulesFile(plan),
    [`${folder}/schema.ts`]: announcerSchemaFile(plan),
    [`${folder}/store.ts`]: announcerStoreFile(plan),
    [`${folder}/service.ts`]: announcerManifestFile(plan),
    [`${folder}/main.ts`]: announcerMainFile(plan),
    [`${folder}/api.ts`]: announcerApiFile(plan),
    [`${folder}/drizzle.config.ts`]: drizzleFile(),
    [`${folder}/test/rules.test.ts`]: announcerRulesTestFile(plan),
    [`${folder}/test/store.int.test.ts`]: announcerStoreTestFile(plan),
  };
};
