import { rebuildSettings } from '@quadrille/console/rebuild-verb';
import { consoleSettings } from '@quadrille/console/settings';
import { setupSettings } from '@quadrille/deploy/settings';
import { gatewaySettings } from '@quadrille/gateway/settings';
import { commandLineSettings } from '@quadrille/ops/settings';
import { relaySettings } from '@quadrille/outbox-relay/settings';
import { serviceSettings } from '@quadrille/participant/settings';
import { processSettings } from '@quadrille/process/lifecycle';
import { type Setting, type Settings, settingsIn } from '@quadrille/process/settings/setting';
import { settingsOfService } from '@quadrille/process/settings/tree';
import { definitionOf, forEachService, publicApis } from '@quadrille/services';
import type { ProcessName } from './process-env.ts';

/** The processes of the stack, the one-shot setup of a deployment, and the command line. */
type Reader = ProcessName | 'setup' | 'ops';

const ofProcess = (...settings: readonly Settings[]): readonly Setting[] =>
  [processSettings, ...settings].flatMap(settingsIn);

/** What each process reads; the documents are generated from it. */
export const readers: Readonly<Record<Reader, readonly Setting[]>> = {
  ...forEachService((name) => {
    const { settings, processSettings: others } = definitionOf(name);
    return ofProcess(serviceSettings(name), settings, others);
  }),
  relay: ofProcess(relaySettings),
  gateway: ofProcess(
    gatewaySettings,
    Object.fromEntries(publicApis.map((name) => [name, settingsOfService(name).url])),
  ),
  console: ofProcess(consoleSettings),
  setup: ofProcess(setupSettings),
  ops: [commandLineSettings, rebuildSettings].flatMap(settingsIn),
};
