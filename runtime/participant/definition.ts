import type { Event } from '@quadrille/contracts/event';
import type { Seed } from '@quadrille/db/seed';
import { readSettings } from '@quadrille/process/settings/read';
import type { Setting, ValuesOf } from '@quadrille/process/settings/setting';
import type { Source } from '@quadrille/process/settings/source';
import type { Participant } from './decide.ts';
import { handleOf, type ServiceHandle } from './handle.ts';
import type { OwnChecks, PerOrder } from './per-order.ts';
import type { Command } from './runtime.ts';

/** What a service may need to know of a stack that runs on a developer's machine. */
export type Development = {
  readonly gatewayUrl: string;
  /** A secret for a purpose: another one for each stack, and the same after a restart. */
  readonly secret: (purpose: string) => string;
};

/** Settings of a container, beside those that all services have. */
type Container = {
  /** Those that the shell that starts it may set; empty: the default. */
  readonly passedOn?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of deploy/secrets, which it finds as `NAME_FILE`. */
  readonly secrets?: readonly string[];
};

/** A database of something that runs in the service's process but is none of the service: its user cannot see it. */
export type SideDatabase = {
  /** Its user is named after it. */
  readonly name: string;
  /** The setting by which the process finds it. */
  readonly setting: Setting<string>;
  /** Where its migrations are, from the root of the repository. */
  readonly folder: string;
  /** Its tables that an earlier release kept in the service's database, by their names there. Setting up moves them. */
  readonly formerTables: Readonly<Record<string, string>>;
  /** Selects the rows that will change by themselves. */
  readonly open: string;
};

/** Settings of one service, in the group `services.<name>`. */
type OwnSettings = Readonly<Record<string, Setting>>;

/** All that the rest of the system may know about a service. Importing it has no effect. */
export type ServiceDefinition<Name extends string = string> = {
  /** Its consumer group, user, database and process are named after it. Permanent: renaming it takes every event in again. */
  readonly name: Name;
  /** The settings that its rules depend on. Whoever runs its rules elsewhere has to set them as the service does. */
  readonly settings: OwnSettings;
  /** Other settings that its process reads. */
  readonly processSettings: OwnSettings;
  /** Its own rules, without their types. @throws SettingsError when a setting of its rules is wrong */
  readonly participant: (source: Source) => Participant<object, Event>;
  /** The same for tools that know no rows and events. @throws SettingsError when a setting of its rules is wrong */
  readonly handle: (source: Source) => ServiceHandle;
  /**
   * Who calls its HTTP API. `gateway`: routes of the gateway do. `public`: the gateway hands it all calls of `/api/v1/<name>/...`. Absent: it
   * has none.
   */
  readonly api?: 'gateway' | 'public';
  /** What it keeps of each order; absent: nothing that others need to know. */
  readonly perOrder?: PerOrder;
  /** What `ops verify` checks in its database alone. */
  readonly ownChecks?: OwnChecks;
  /** What people ask of it that is about no order, for the simulator: a command by chance. Absent: nothing. */
  readonly drawCommand?: DrawCommand<object>;
  readonly sideDatabase?: SideDatabase;
  /** Rows of a database that has none yet. */
  readonly seed?: Seed;
  /** What else its container finds in its environment; absent: nothing. */
  readonly container?: Container;
  /** What else its process finds in its environment where developers run it; absent: nothing. */
  readonly development?: (stack: Development) => Readonly<Record<string, string>>;
};

/** @param below an integer from 0 on, below a bound, by chance */
type DrawCommand<State> = (below: (bound: number) => number) => Command<State>;

type Options<Name extends string, State extends object, E extends Event, Rules extends OwnSettings> = Pick<
  ServiceDefinition<Name>,
  'name' | 'api' | 'perOrder' | 'ownChecks' | 'sideDatabase' | 'seed' | 'container' | 'development'
> & {
  /** Settings that its rules depend on; absent: none. */
  readonly settings?: Rules;
  /** What else its process reads; absent: nothing. */
  readonly processSettings?: OwnSettings;
  readonly participant: (settings: ValuesOf<Rules>) => Participant<State, E>;
  readonly drawCommand?: DrawCommand<State>;
};

export const defineService = <
  const Name extends string,
  State extends object,
  E extends Event,
  Rules extends OwnSettings = Record<never, never>,
>({
  name,
  settings,
  processSettings = {},
  participant,
  drawCommand,
  ...rest
}: Options<Name, State, E, Rules>): ServiceDefinition<Name> => {
  const withSettings = (source: Source) => participant(readSettings(settings ?? ({} as Rules), source));
  return {
    name,
    settings: settings ?? {},
    processSettings,
    participant: (source) => withSettings(source) as unknown as Participant<object, Event>,
    handle: (source) => handleOf(withSettings(source)),
    ...(drawCommand && { drawCommand: drawCommand as unknown as DrawCommand<object> }),
    ...rest,
  };
};
