import { declaredByServices } from '../generated/service-settings.ts';
import type { Setting } from './setting.ts';
import { settingsIn } from './setting.ts';
import { settingsOfService, tree } from './tree.ts';

/** What a process must know of a setting that it does not read. */
export type Known = Pick<Setting, 'path' | 'secret'>;

/** Every setting that quadrille.yaml may have: a process tells one of another process from one that nobody reads. */
export const knownSettings = (declared = declaredByServices): readonly Known[] => [
  ...settingsIn(tree),
  ...Object.entries(declared).flatMap(([service, own]) => [
    ...settingsIn(settingsOfService(service)),
    ...Object.entries(own).map(([name, secret]) => ({ path: `services.${service}.${name}`, secret })),
  ]),
];
