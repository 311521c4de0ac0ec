import { events } from '@quadrille/contracts/catalogue';
import { UsageError } from '@quadrille/process/errors';
import { services } from '@quadrille/services';
import { checkEventType } from './names.ts';

/** A new event of a service that publishes some already, with its role in the saga. */
export type EventOptions = {
  readonly type: string;
  readonly by: string;
  readonly role: 'after' | 'insteadOf' | 'undoes';
  /** The type of the event that the role is about. */
  readonly of: string;
};

type Given = {
  readonly type: string;
  readonly by: string | undefined;
  readonly after: string | undefined;
  readonly insteadOf: string | undefined;
  readonly undoes: string | undefined;
};

/** @throws UsageError */
export const checkEvent = ({ type, by, ...roles }: Given): EventOptions => {
  checkEventType(
    type,
    events.map((event) => event.type),
  );
  const publishers = [...new Set(events.map(({ publisher }) => publisher))];
  if (by === undefined || !publishers.includes(by))
    throw new UsageError(
      (services as readonly string[]).includes(by ?? '')
        ? `${by} publishes nothing yet: write contracts/${by}-events.ts first, after the example of contracts/stock-events.ts.`
        : `--by names the service that publishes the event: ${publishers.join(', ')}.`,
    );
  const given = (['after', 'insteadOf', 'undoes'] as const).flatMap((role) =>
    roles[role] ? { role, of: roles[role] } : [],
  );
  const [only, another] = given;
  if (!only || another)
    throw new UsageError('An event has one role: --after, --instead-of or --undoes, with the type of an event.');
  const other = events.find((event) => event.type === only.of);
  if (!other) throw new UsageError(`There is no event ${only.of}: see the table in docs/services.md.`);
  if (only.role !== 'after' && (other.publisher !== by || other.role.kind !== 'forward'))
    throw new UsageError(`${only.of} is no step of ${by}: a service rejects and undoes its own steps only.`);
  return { type, by, ...only };
};
