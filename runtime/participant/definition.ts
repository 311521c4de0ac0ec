import type { Event } from '@quadrille/contracts/event';
import type { Seed } from '@quadrille/db/seed';
import { readSettings } from '@quadrille/process/settings';
import type { z } from 'zod';
import type { Participant } from './decide.ts';
import { handleOf, type ServiceHandle } from './handle.ts';
import type { OwnChecks, PerOrder } from './per-order.ts';

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
  readonly setting: string;
  /** Where its migrations are, from the root of the repository. */
  readonly folder: string;
  /** Its tables that an earlier release kept in the service's database, by their names there. Setting up moves them. */
  readonly formerTables: Readonly<Record<string, string>>;
  /** Selects the rows that will change by themselves. */
  readonly open: string;
};

/** All that the rest of the system may know about a service. Importing it has no effect. */
export type ServiceDefinition<Name extends string = string> = {
  /** Its consumer group, user, database and process are named after it. Permanent: renaming it takes every event in again. */
  readonly name: Name;
  /** The names of the settings that its rules depend on. Whoever runs its rules elsewhere has to set them as the service does. */
  readonly settings: readonly string[];
  /** Its own rules, without their types. @throws SettingsError when the environment has a setting of its rules that is wrong */
  readonly participant: (env: NodeJS.ProcessEnv) => Participant<object, Event>;
  /** The same for tools that know no rows and events. @throws SettingsError when the environment has a setting of its rules that is wrong */
  readonly handle: (env: NodeJS.ProcessEnv) => ServiceHandle;
  /**
   * Who calls its HTTP API. `gateway`: routes of the gateway do. `public`: the gateway hands it all calls of `/api/v1/<name>/...`. Absent: it
   * has none.
   */
  readonly api?: 'gateway' | 'public';
  /** What it keeps of each order; absent: nothing that others need to know. */
  readonly perOrder?: PerOrder;
  /** What `ops verify` checks in its database alone. */
  readonly ownChecks?: OwnChecks;
  readonly sideDatabase?: SideDatabase;
  /** Rows of a database that has none yet. */
  readonly seed?: Seed;
  /** What else its container finds in its environment; absent: nothing. */
  readonly container?: Container;
  /** What else its process finds in its environment where developers run it; absent: nothing. */
  readonly development?: (stack: Development) => Readonly<Record<string, string>>;
};

type Options<Name extends string, State extends object, E extends Event, Shape extends z.ZodRawShape> = Pick<
  ServiceDefinition<Name>,
  'name' | 'api' | 'perOrder' | 'ownChecks' | 'sideDatabase' | 'seed' | 'container' | 'development'
> & {
  /** Settings that its rules depend on, by their names in the environment. */
  readonly settings?: Shape;
  readonly participant: (settings: Readonly<z.output<z.ZodObject<Shape>>>) => Participant<State, E>;
};

export const defineService = <
  const Name extends string,
  State extends object,
  E extends Event,
  Shape extends z.ZodRawShape = Record<never, never>,
>({
  name,
  settings,
  participant,
  ...rest
}: Options<Name, State, E, Shape>): ServiceDefinition<Name> => {
  const withSettings = (env: NodeJS.ProcessEnv) => participant(readSettings(settings ?? ({} as Shape), env));
  return {
    name,
    settings: Object.keys(settings ?? {}),
    participant: (env) => withSettings(env) as unknown as Participant<object, Event>,
    handle: (env) => handleOf(withSettings(env)),
    ...rest,
  };
};
