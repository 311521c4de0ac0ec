import { HttpError } from '@quadrille/process/problem';
import type { Context } from 'hono';

/**
 * What a browser sends along by itself (its cookie, a link that it knows) must do nothing for another site. Browsers say where a request
 * comes from; scripts need not.
 * @throws HttpError 403
 */
export const refuseOtherSites = (c: Context, publicUrl: string, detail: string): void => {
  const site = c.req.header('sec-fetch-site');
  const origin = c.req.header('origin');
  const ours = [new URL(publicUrl).host, c.req.header('host')];
  const foreign = site
    ? !['same-origin', 'none'].includes(site)
    : origin !== undefined && !ours.includes(hostOf(origin));
  if (foreign) throw new HttpError(403, detail);
};

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined);
