import type { Seed } from '@quadrille/db/seed';
import { definitions, type Service } from '@quadrille/services';

/** The first rows of each service's database: goods and coupons to try it with. */
export type DemoRows = readonly { readonly name: Service; readonly seed: Seed }[];

/** @param environment NODE_ENV: in production nobody may buy goods that are not there */
export const demoRowsIn = (environment: string | undefined): DemoRows =>
  environment === 'development' ? definitions.flatMap(({ name, seed }) => (seed ? [{ name, seed }] : [])) : [];
