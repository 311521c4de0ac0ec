import type { RouteConfig } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Session, Viewer } from './session.ts';
import type { Role } from './users.ts';

/** Who asks, as far as the console knows. `token`: what a form of theirs must carry. */
export type Visit<Who extends Viewer | null> = {
  readonly viewer: Who;
  readonly session: Session;
  readonly token: string;
  /** What a POST carried, by form or as JSON; empty for a GET. */
  readonly body: Readonly<Record<string, unknown>>;
};

type Answer = Response | Promise<Response>;

/** How a call stands in the OpenAPI document, but for what every call of its kind can end in. */
export type Documented = Omit<RouteConfig, 'method' | 'path'> & {
  /** What it refuses besides, by status. */
  readonly refusals?: Readonly<Record<number, string>>;
};

type Common = {
  readonly method: 'get' | 'post';
  readonly path: string;
  /** How it stands in the OpenAPI document; pages are not in it. */
  readonly document?: Documented;
};

/** What is the same for everybody. */
export type OpenRoute = Common & {
  readonly method: 'get';
  readonly needs: 'nothing';
  readonly handle: (c: Context) => Answer;
};

/** The ways in and out: who comes without a session gets one, whose token the form to log in carries. */
export type SessionRoute = Common & {
  readonly needs: 'session';
  readonly handle: (c: Context, visit: Visit<Viewer | null>) => Answer;
};

/** Every other route names the role it takes; there is no fourth kind. */
export type GuardedRoute = Common & {
  readonly needs: Role;
  readonly handle: (c: Context, visit: Visit<Viewer>) => Answer;
};

export type Route = OpenRoute | SessionRoute | GuardedRoute;

export const mayOperate = ({ role }: Viewer): boolean => role === 'operator';

/** An operator may all that a reader may. */
export const isEnough = ({ role }: Viewer, needed: Role): boolean => role === needed || role === 'operator';
