import type { Session } from './session.ts';

/** What came of an act, to be shown once on the page that is gone to after it. Kept here: in an address anybody could write one. */
export type Notice = { readonly text: string; readonly tone: 'good' | 'bad' };

const notices = new Map<string, Notice & { readonly at: number }>();
const lifetime = 60_000;

export const leaveNotice = ({ id }: Session, text: string, tone: Notice['tone'] = 'good'): void => {
  const now = Date.now();
  for (const [other, { at }] of notices) if (at < now - lifetime) notices.delete(other);
  notices.set(id, { text, tone, at: now });
};

export const takeNotice = ({ id }: Session): Notice | null => {
  const found = notices.get(id) ?? null;
  notices.delete(id);
  return found;
};
