import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { composeFile } from '@quadrille/deploy/compose';
import { services } from '@quadrille/services';
import { sideDatabases } from '@quadrille/services/databases';
import { currentContracts, filesOf } from './contracts.ts';
import { dashboards } from './dashboards.ts';
import { sagaDiagram, sagaTable, servicesDoc } from './generated-docs.ts';
import { eventsFile, publishersFile, readEventModules } from './generated-events.ts';
import { serviceSettingsFile, settingsSchema, settingsTable } from './generated-settings.ts';
import { withBlock } from './markdown.ts';
import { root } from './root.ts';

/** What a file of the repository holds now; empty: there is none. */
export const contentOf = (file: string): string =>
  existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';

/** Files that follow from others, by their place in the repository: what each has to hold. The client's types are made by client/build. */
export const generatedFiles = async (): Promise<Readonly<Record<string, string>>> => {
  const modules = await readEventModules(join(root, 'contracts'));
  return {
    'contracts/generated/events.ts': eventsFile(modules),
    'contracts/generated/publishers.ts': publishersFile(modules),
    ...filesOf('contracts/schemas', await currentContracts()),
    'README.md': withBlock(
      withBlock(contentOf('README.md'), 'diagram', sagaDiagram(modules)),
      'saga',
      sagaTable(modules),
    ),
    'docs/choreography.md': withBlock(contentOf('docs/choreography.md'), 'diagram', sagaDiagram(modules)),
    'docs/services.md': servicesDoc(modules),
    'docs/settings.md': withBlock(contentOf('docs/settings.md'), 'settings', settingsTable()),
    'docs/quadrille.schema.json': settingsSchema(),
    'runtime/process/generated/service-settings.ts': serviceSettingsFile(),
    ...dashboards(),
    'docker-compose.yml': composeFile(),
    'deploy/secrets.sh': contentOf('deploy/secrets.sh')
      .replace(/^services=.*$/m, `services="${services.join(' ')}"`)
      .replace(/^side_databases=.*$/m, `side_databases="${sideDatabases.map(({ name }) => name).join(' ')}"`),
  };
};
