import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  Registry,
  type RegistryContentType,
  register,
} from 'prom-client';
import { within } from './within.ts';

// Only this format has exemplars. Who does not ask for it gets plain text (see expose.ts).
(register as Registry<RegistryContentType>).setContentType(Registry.OPENMETRICS_CONTENT_TYPE);

// A process at rest would wake up a hundred times a second for its event loop's delay, if that were looked at as often as it is by default.
collectDefaultMetrics({ prefix: 'quadrille_', eventLoopMonitoringPrecision: 100 });
// Gauges that are called as counters are; the gauges without `_total` have the same figures, by kind.
for (const name of ['handles', 'requests', 'resources'])
  register.removeSingleMetric(`quadrille_nodejs_active_${name}_total`);

/** One registry for the process; `/metrics` shows it. */
export const metrics = register;

export { Counter, Gauge };

/** Seconds that something between a statement and a saga may take. */
export const secondsBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** A trace is remembered as exemplar at most so often (ms): for each value it would cost more than the value. */
const exemplarEvery = 1_000;

/** Observes values of the same label values. @param traceId of what was measured, if it has a trace */
export type Observe = (value: number, traceId?: string) => void;

/** A histogram with a trace id beside a value now and then. @returns where to observe values, by the values of its labels */
export const histogram = <const Labels extends string = never>(
  configuration: Pick<HistogramConfiguration<Labels>, 'name' | 'help'> & {
    readonly labelNames?: readonly Labels[];
    readonly buckets?: number[];
  },
): ((labels: Readonly<Record<Labels, string>>) => Observe) => {
  const { name, help, labelNames = [], buckets = secondsBuckets } = configuration;
  const of = new Histogram({ name, help, labelNames, buckets, enableExemplars: true });
  const known = new Map<string, Observe>();
  return (labels) => {
    const key = labelNames.map((each) => labels[each]).join('\n');
    const found = known.get(key);
    if (found) return found;
    const { observe } = of.labels(labels);
    let exemplarAt = 0;
    const observeOne: Observe = (value, traceId) => {
      const now = traceId === undefined ? 0 : Date.now();
      if (traceId === undefined || now < exemplarAt + exemplarEvery) return observe(value);
      exemplarAt = now;
      // Its types know the exemplar by the labels of the histogram, which it need not have.
      of.observe({ labels, value, exemplarLabels: { trace_id: traceId } as object });
    };
    known.set(key, observeOne);
    return observeOne;
  };
};

/** A database or broker that has not answered after so long (ms) has no value: Prometheus gives a process 10 s for all that it is asked. */
const patience = 3_000;

/** Values with their labels. */
type Values<Labels extends string> = readonly (readonly [labels: Partial<Record<Labels, string>>, value: number])[];

/**
 * A gauge whose values are asked for when the metrics are read; so they cost nothing in between.
 * @param read gives the values; those of what does not answer are left out
 */
export const measure = <const Labels extends string = never>(
  configuration: Pick<GaugeConfiguration<Labels>, 'name' | 'help'> & { readonly labelNames?: readonly Labels[] },
  read: () => Values<Labels> | Promise<Values<Labels>>,
): void => {
  const { name, help, labelNames = [] } = configuration;
  new Gauge<Labels>({
    name,
    help,
    labelNames,
    async collect() {
      const values = await within(patience, Promise.resolve(read())).catch((): Values<Labels> => []);
      this.reset();
      // A gauge without labels would be 0 then.
      if (labelNames.length === 0) this.remove();
      for (const [labels, value] of values) this.set(labels, value);
    },
  });
};

/** A counter whose value something else has counted since the start of the process. */
export const countedBy = (name: string, help: string, read: () => number): void => {
  new Counter({
    name,
    help,
    collect() {
      this.reset();
      this.inc(read());
    },
  });
};
