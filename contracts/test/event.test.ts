import { describe, expect, it } from 'vitest';
import { events } from '../catalogue.ts';
import { InvalidEvent } from '../event.ts';
import { goldenEvents } from './golden-events.ts';

type AnyDefinition = { readonly type: string; readonly of: (data: unknown) => unknown };

describe('C10: an event that a rule makes', () => {
  it.each(goldenEvents.map((event) => [event.type, event.data as Record<string, unknown>] as const))(
    'C10: %s is checked field by field, and a wrong one is named without its value',
    (type, data) => {
      const definition = (events as readonly unknown[] as readonly AnyDefinition[]).find((each) => each.type === type);
      if (!definition) throw new Error(`there is no event ${type}`);
      expect(definition.of(data)).toMatchObject({ type, data });
      for (const field of Object.keys(data)) {
        const wrong = { ...data, [field]: -500.5 };
        expect(() => definition.of(wrong)).toThrow(InvalidEvent);
        expect(() => definition.of(wrong)).toThrow(new RegExp(`event ${type} .*${field}`));
        expect(() => definition.of(wrong)).not.toThrow(/500/);
      }
      expect(() => definition.of(null)).toThrow(InvalidEvent);
    },
  );
});
