/** The same server and user, another database. @param url mysql://user:password@host:port/database */
export const withDatabase = (url: string, database: string): string => {
  const other = new URL(url);
  other.pathname = `/${database}`;
  return other.toString();
};

/** The URL by which a user finds a database. @param url of the server, with any user or none */
export const urlFor = (
  url: string,
  { user, password }: { user: string; password: string },
  database: string,
): string => {
  const own = new URL(withDatabase(url, database));
  own.username = encodeURIComponent(user);
  own.password = encodeURIComponent(password);
  return own.toString();
};
