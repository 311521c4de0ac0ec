import { events } from './catalogue.ts';
import type { Declared, Role } from './event.ts';
import { type Step, step } from './values.ts';

const roles: ReadonlyMap<string, Role> = new Map(events.map(({ type, role }) => [type, role]));

/** The types of the events that tell that a step was undone. */
export const compensations: readonly string[] = events.flatMap(({ type, role }) =>
  role.kind === 'compensation' ? type : [],
);

/** The types of the events after which an order will not be. */
export const rejections: readonly string[] = events.flatMap(({ type, role }) =>
  role.kind === 'rejection' ? type : [],
);

/** A forward step: its type, the type of the step before it, and who makes it happen. */
export type ForwardStep = { readonly type: string; readonly after: string | null; readonly by: string };

/** The forward steps, each after the one before it. */
export const forwardSteps: readonly ForwardStep[] = events.flatMap(({ type, publisher, role }) =>
  role.kind === 'forward' ? { type, after: role.after?.type ?? null, by: role.by ?? publisher } : [],
);

/** The types of the events by which a service says that it has undone its part. */
export const compensationsOf = (service: string): readonly string[] =>
  events.flatMap(({ type, publisher, role }) => (role.kind === 'compensation' && publisher === service ? type : []));

/** Whether an event belongs to the way back: it undoes a step, or makes other services undo theirs. */
export const isCompensating = (type: string): boolean => (roles.get(type)?.kind ?? 'forward') !== 'forward';

/** The steps before this one, the nearest first. */
const stepsBefore = ({ role }: Declared): readonly Declared[] =>
  role.kind === 'forward' && role.after ? [role.after, ...stepsBefore(role.after)] : [];

/** The services that undo a step of theirs after a rejection by a service, which undoes its own by itself. */
const compensatorsAfter = (rejecting: string): readonly Step[] => {
  const lost = events.flatMap(({ publisher, role }) =>
    publisher === rejecting && role.kind === 'rejection' ? [role.insteadOf && stepsBefore(role.insteadOf)] : [],
  );
  const isLost = (undone: Declared) => lost.some((steps) => steps === null || steps.includes(undone));
  const services = events.flatMap(({ publisher, role }) =>
    role.kind === 'compensation' && publisher !== rejecting && isLost(role.undoes) ? publisher : [],
  );
  return step.array().parse([...new Set(services)]);
};

const byRejecting: ReadonlyMap<string, readonly Step[]> = new Map(
  [...new Set(events.map(({ publisher }) => publisher))].map((service) => [service, compensatorsAfter(service)]),
);

/** The services whose compensation a cancelling order waits for, by the service that rejected or cancelled it. */
export const compensatorsOf = (rejecting: string): readonly Step[] => byRejecting.get(rejecting) ?? [];
