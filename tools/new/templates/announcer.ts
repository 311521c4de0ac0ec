import type { Spellings } from '../names.ts';

/** All that the templates need to know of a service that subscribes to nothing. */
export type AnnouncerPlan = { readonly name: Spellings; readonly event: Spellings };

/** contracts/<name>-events.ts */
export const announcerContractFile = ({ name, event }: AnnouncerPlan): string => `import { z } from 'zod';
import { type EventOf, publisherOf } from './event.ts';
import { id } from './values.ts';

const ${name.camel} = publisherOf('${name.kebab}', '${name.kebab}-events');

/** Something about an item of ${name.kebab} is new. Of two announcements about an item, the one with the higher revision is the newer one. */
export const ${event.camel} = ${name.camel}(
  '${event.kebab}',
  1,
  { kind: 'announcement', about: '${name.kebab}', for: 'people' },
  z.object({ itemId: id, revision: id }),
);
export type ${event.pascal} = EventOf<typeof ${event.camel}>;
`;

/** services/<name>/rules.ts */
export const announcerRulesFile = ({
  name,
  event,
}: AnnouncerPlan): string => `import { ${event.camel} } from '@quadrille/contracts/${name.kebab}-events';
import type { Decision } from '@quadrille/participant/decide';
import type { ${name.pascal}Item } from './schema.ts';

export type ${name.pascal}State = { readonly item: ${name.pascal}Item | undefined };

/** Tells that something about an item is new. */
export const announce = (itemId: number, { item }: ${name.pascal}State, now: Date): Decision<${name.pascal}State> => {
  const revision = (item?.revision ?? 0) + 1;
  return { state: { item: { itemId, revision, updatedAt: now } }, emit: [${event.camel}.of({ itemId, revision })] };
};
`;

/** services/<name>/schema.ts */
export const announcerSchemaFile = ({
  name,
}: AnnouncerPlan): string => `import { integer, utc } from '@quadrille/db/columns';
import { mysqlTable } from 'drizzle-orm/mysql-core';

/** What ${name.kebab} tells of. */
export const ${name.camel}Items = mysqlTable('${name.kebab}_items', {
  itemId: integer('item_id').primaryKey(),
  /** Grows by one with each announcement. */
  revision: integer('revision').notNull(),
  updatedAt: utc('updated_at').notNull(),
});
export type ${name.pascal}Item = typeof ${name.camel}Items.$inferSelect;
`;

/** services/<name>/store.ts */
export const announcerStoreFile = ({
  name,
}: AnnouncerPlan): string => `import { subjectId } from '@quadrille/contracts/subject';
import { rowsOf } from '@quadrille/db/rows';
import { nothing, type Participant } from '@quadrille/participant/decide';
import type { Command } from '@quadrille/participant/runtime';
import { announce, type ${name.pascal}State } from './rules.ts';
import { ${name.camel}Items } from './schema.ts';

export const ${name.camel}ItemRows = rowsOf(${name.camel}Items, 'itemId');

/** It subscribes to nothing: what it tells begins with a person. */
export const ${name.camel}: Participant<${name.pascal}State, never> = {
  name: '${name.kebab}',
  subscribes: [],
  // A command names its row.
  state: { item: { rows: ${name.camel}ItemRows, key: () => undefined } },
  decide: () => nothing,
  status: ({ item }) => item && \`revision \${item.revision}\`,
};

/** The command after which an item is new. */
export const announceCommand = (itemId: number): Command<${name.pascal}State> => ({
  name: 'announce',
  correlationId: subjectId('${name.kebab}', itemId),
  keys: { item: itemId },
  decide: (state, now) => announce(itemId, state, now),
});
`;

/** services/<name>/service.ts */
export const announcerManifestFile = ({
  name,
}: AnnouncerPlan): string => `import { defineService } from '@quadrille/participant/definition';
import { announceCommand, ${name.camel} } from './store.ts';

export const ${name.camel}Service = defineService({
  name: '${name.kebab}',
  participant: () => ${name.camel},
  drawCommand: (below) => announceCommand(1 + below(3)),
  api: 'public',
});
`;

/** services/<name>/main.ts */
export const announcerMainFile = ({
  name,
}: AnnouncerPlan): string => `import { runService } from '@quadrille/participant/service';
import { createApi } from './api.ts';
import type { ${name.pascal}State } from './rules.ts';
import { ${name.camel} } from './store.ts';

runService<${name.pascal}State, never, Record<never, never>>('${name.kebab}', {}, (deps) => ({
  participant: ${name.camel},
  start: (service) => createApi({ ...deps, service }),
}));
`;
