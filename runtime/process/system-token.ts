import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

/** The setting `SYSTEM_TOKEN`: one secret for all processes of a system. */
export const systemToken = z
  .string('a secret that all processes of this system share')
  .min(32, 'at least 32 characters');

/** Every call between processes of a system carries the token in this header. */
export const systemTokenHeader = 'system-token';

/** The authentication scheme in `WWW-Authenticate`: it tells this 401 from one that a service gives for reasons of its own. */
export const systemTokenScheme = 'System-Token';

/** Whether a call comes from a process of the same system. Takes the same time however much of the token is right. */
export const createTokenCheck = (token: string): ((given: string | string[] | undefined) => boolean) => {
  const expected = digest(token);
  return (given) => typeof given === 'string' && timingSafeEqual(digest(given), expected);
};

/** Of equal length whatever the text, as `timingSafeEqual` needs it. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
