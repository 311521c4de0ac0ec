import { events } from './catalogue.ts';
import type { Declared, Role } from './event.ts';
import { type Step, step } from './values.ts';

/** A forward step: its type, the type of the step before it, and who makes it happen. */
export type ForwardStep = { readonly type: string; readonly after: string | null; readonly by: string };

/** What follows from the roles that events declare. */
export type Saga = {
  /** The types of the events that tell that a step was undone. */
  readonly compensations: readonly string[];
  /** The types of the events after which an order will not be. */
  readonly rejections: readonly string[];
  /** Those of them that other services learn of by `order-cancelled` only. */
  readonly rejectionsThroughOrder: readonly string[];
  /** The types of the steps that must have happened before a paid order is final: those that may still be rejected through the order service. */
  readonly awaitedSteps: readonly string[];
  /** The forward steps, each after the one before it. */
  readonly forwardSteps: readonly ForwardStep[];
  /** The types of the events by which a service says that it has undone its part. */
  readonly compensationsOf: (service: string) => readonly string[];
  /** Whether an event belongs to the way back: it undoes a step, or makes other services undo theirs. */
  readonly isCompensating: (type: string) => boolean;
  /** Whether an event is about an order. */
  readonly isAboutOrder: (type: string) => boolean;
  /** The services whose compensation a cancelling order waits for, by the service that rejected or cancelled it. */
  readonly compensatorsOf: (rejecting: string) => readonly string[];
  /** The types of the events after which a service has to undo this step of its own. */
  readonly undoneAfter: (step: Declared) => readonly string[];
};

/** Whether a step cannot have happened when another one will not be: it is that one, or comes after it. */
const needs = (step: Declared, other: Declared): boolean =>
  step.type === other.type ||
  (step.role.kind === 'forward' && step.role.after !== null && needs(step.role.after, other));

const typesOf = (some: readonly Declared[]): readonly string[] => some.map(({ type }) => type);

export const sagaOf = (declared: readonly Declared[]): Saga => {
  const roles: ReadonlyMap<string, Role> = new Map(declared.map(({ type, role }) => [type, role]));
  const rejecting = declared.flatMap(({ type, publisher, role }) =>
    role.kind === 'rejection' ? { type, publisher, ...role } : [],
  );
  const compensating = declared.flatMap(({ type, publisher, role }) =>
    role.kind === 'compensation' ? { type, publisher, ...role } : [],
  );
  const direct = rejecting.filter(({ through }) => !through);
  const throughOrder = rejecting.filter(({ through }) => through);
  // A reason names the service, not the event: which services have to answer must follow from the service.
  const mixed = direct.find((one) => throughOrder.some(({ publisher }) => publisher === one.publisher));
  if (mixed)
    throw new Error(
      `${mixed.publisher} rejects orders directly (${mixed.type}) and through the order service: choose one`,
    );

  const compensatorsOf = (service: string): readonly string[] => {
    const own = rejecting.filter(({ publisher }) => publisher === service);
    if (own.length === 0) return [];
    // The order service cancels for it, so that all undo theirs, it too.
    const isThrough = own.some(({ through }) => through);
    const lost = ({ publisher, undoes }: (typeof compensating)[number]) =>
      isThrough ||
      (publisher !== service && own.some(({ insteadOf }) => insteadOf === null || !needs(undoes, insteadOf)));
    return [...new Set(compensating.filter(lost).map(({ publisher }) => publisher))];
  };
  const byRejecting = new Map(rejecting.map(({ publisher }) => [publisher, compensatorsOf(publisher)]));

  return {
    compensations: compensating.map(({ type }) => type),
    rejections: rejecting.map(({ type }) => type),
    rejectionsThroughOrder: throughOrder.map(({ type }) => type),
    awaitedSteps: typesOf(throughOrder.flatMap(({ insteadOf }) => insteadOf ?? [])),
    forwardSteps: declared.flatMap(({ type, publisher, role }) =>
      role.kind === 'forward' ? { type, after: role.after?.type ?? null, by: role.by ?? publisher } : [],
    ),
    compensationsOf: (service) => compensating.filter(({ publisher }) => publisher === service).map(({ type }) => type),
    isCompensating: (type) => ['rejection', 'compensation'].includes(roles.get(type)?.kind ?? ''),
    isAboutOrder: (type) => {
      const role = roles.get(type);
      return role?.kind !== 'announcement' || role.about === 'order';
    },
    compensatorsOf: (service) => byRejecting.get(service) ?? [],
    undoneAfter: (own) =>
      direct
        .filter(({ publisher, insteadOf }) => publisher !== own.publisher && (!insteadOf || !needs(own, insteadOf)))
        .map(({ type }) => type),
  };
};

/** The saga of the events in the catalogue. */
const saga = sagaOf(events);
export const { compensations, rejections, rejectionsThroughOrder, awaitedSteps, forwardSteps } = saga;
export const { compensationsOf, isCompensating, isAboutOrder, undoneAfter } = saga;

const steps: ReadonlyMap<string, readonly Step[]> = new Map(
  [...new Set(events.map(({ publisher }) => publisher))].map((service) => [
    service,
    step.array().parse(saga.compensatorsOf(service)),
  ]),
);

/** The services whose compensation a cancelling order waits for, by the service that rejected or cancelled it. */
export const compensatorsOf = (rejecting: string): readonly Step[] => steps.get(rejecting) ?? [];
