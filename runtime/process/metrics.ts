import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client';

collectDefaultMetrics({ prefix: 'quadrille_' });

/** One registry for the process; `/metrics` shows it. */
export const metrics = register;

export { Counter, Gauge, Histogram };
