import { type Setting, type Settings, settingsIn } from '@quadrille/process/settings/setting';
import { settingsOfService, tree } from '@quadrille/process/settings/tree';
import { definitionOf, services } from '@quadrille/services';

const ofServices = services.flatMap((name) => {
  const { settings, processSettings } = definitionOf(name);
  return [settingsOfService(name), settings, processSettings].flatMap((some: Settings) => settingsIn(some));
});

/** The whole tree: that of all processes, and under `services` what each service has. A service may also read a setting of all. */
export const allSettings: readonly Setting[] = [
  ...new Map([...settingsIn(tree), ...ofServices].map((setting) => [setting.path, setting])).values(),
];
