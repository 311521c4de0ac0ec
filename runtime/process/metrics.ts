import { Counter, collectDefaultMetrics, Gauge, Histogram, register } from 'prom-client';

// A process at rest would wake up a hundred times a second for its event loop's delay, if that were looked at as often as it is by default.
collectDefaultMetrics({ prefix: 'quadrille_', eventLoopMonitoringPrecision: 100 });

/** One registry for the process; `/metrics` shows it. */
export const metrics = register;

export { Counter, Gauge, Histogram };
