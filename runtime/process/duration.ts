const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `500ms`, `90s`, `15m`, `24h` or `7d` in milliseconds; null: it is no duration. */
export const parseDuration = (text: string): number | null => {
  const [, count, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  return count && unit ? Number(count) * units[unit as keyof typeof units] : null;
};
