/** The same server and user, another database. @param url mysql://user:password@host:port/database */
export const withDatabase = (url: string, database: string): string => {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.toString();
};
