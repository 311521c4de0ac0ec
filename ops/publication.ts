import type { Progress } from '@quadrille/db/progress';

/** Whether the relay says that it has published this row of the outbox. */
export const isPublished = ({ publishedTo, missing }: Progress, seq: number): boolean =>
  seq <= publishedTo && !missing.some(({ from, to }) => seq >= from && seq <= to);
