import { createHash } from 'node:crypto';

/**
 * The correlation id of announcements about one thing that is no order: a UUID that everybody makes alike (UUIDv8), so that they stay in
 * their order.
 */
export const subjectId = (about: string, id: number | string): string => {
  const hash = createHash('sha256').update(`${about} ${id}`).digest('hex');
  const part = (from: number, to: number) => hash.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-8${part(12, 15)}-8${part(15, 18)}-${part(18, 30)}`;
};
