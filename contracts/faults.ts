import type { z } from 'zod';

/** Where a value departs from its schema, and how: without the values, which may be anybody's. */
export const faults = ({ issues }: z.ZodError): string =>
  issues
    .slice(0, 5)
    .map(({ path, code }) => `${path.join('.') || 'all of it'} (${code})`)
    .join(', ')
    .slice(0, 500);
