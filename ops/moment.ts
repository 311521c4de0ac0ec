import { parseDuration } from '@quadrille/process/duration';
import { UsageError } from '@quadrille/process/errors';

/**
 * A moment as people write it: `2026-01-31T12:00Z`, `2026-01-31 12:00` and `2026-01-31` (all UTC), or `15m` for so long ago.
 * @throws UsageError
 */
export const parseMoment = (text: string, now: Date): Date => {
  const ago = text.length <= 7 ? parseDuration(text) : null;
  if (ago !== null) return new Date(now.getTime() - ago);
  const [, day, time = '00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const moment = new Date(day ? `${day}T${time}${zone}` : Number.NaN);
  const midnight = new Date(`${day}T00:00Z`);
  // JavaScript takes 31 April for 1 May.
  const isDay = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(String(day));
  if (!isDay || Number.isNaN(moment.getTime()))
    throw new UsageError(
      `"${text}" is no time: write it as ${now.toISOString().slice(0, 16)}Z (UTC), or as 15m, 2h or 3d for so long ago.`,
    );
  return moment;
};

/** `850 ms`, `12 s`, `3 min`, `2 h 5 min`, `4 d`: as exact as people need it. */
export const duration = (ms: number): string => {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ''}`;
  return `${Math.floor(minutes / 1_440)} d`;
};
