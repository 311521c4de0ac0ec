/** Which versions of an order a client has already: what its If-None-Match says. */
export type Known = { readonly any: boolean; readonly versions: readonly number[] };

export const readIfNoneMatch = (header: string | undefined): Known => {
  if (header === undefined) return { any: false, versions: [] };
  if (header.trim() === '*') return { any: true, versions: [] };
  const versions = [...header.slice(0, 1_000).matchAll(/"(\d{1,15})"/g)].map(([, version]) => Number(version));
  return { any: false, versions };
};

/** The version a long poll waits to see the end of: the newest the client has. */
export const newest = ({ versions }: Known): number | undefined =>
  versions.length > 0 ? Math.max(...versions) : undefined;
