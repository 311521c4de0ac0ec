import { type Setting, type Settings, settingsIn } from '@quadrille/process/settings/setting';
import { settingsOfService, tree } from '@quadrille/process/settings/tree';
import { definitionOf, services } from '@quadrille/services';

/** The whole tree: that of all processes, and under `services` what each service has. */
export const allSettings: readonly Setting[] = [
  ...settingsIn(tree),
  ...services.flatMap((name) => {
    const { settings, processSettings } = definitionOf(name);
    return [settingsOfService(name), settings, processSettings].flatMap((some: Settings) => settingsIn(some));
  }),
];
