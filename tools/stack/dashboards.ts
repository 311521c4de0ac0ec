import { services } from '@quadrille/services';

/** A panel of a dashboard: a title, the unit of its values, and PromQL expressions with their legends. */
type Panel = {
  readonly title: string;
  readonly unit: 's' | 'short' | 'ops' | 'bytes' | 'percentunit';
  readonly lines: Readonly<Record<string, string>>;
};

const rate = (metric: string, by: string): string => `sum by (${by}) (rate(${metric}[$__rate_interval]))`;
const quantile = (share: number, metric: string, by = ''): string =>
  `histogram_quantile(${share}, sum by (le${by && `, ${by}`}) (rate(${metric}[$__rate_interval])))`;

const saga: readonly Panel[] = [
  {
    title: 'Orders',
    unit: 'ops',
    lines: { '{{to}} {{reason}}': rate('quadrille_order_changes_total', 'to, reason') },
  },
  {
    title: 'Time until an order is placed',
    unit: 's',
    lines: Object.fromEntries(
      [0.5, 0.95, 0.99].map((share) => [`p${share * 100}`, quantile(share, 'quadrille_order_placed_seconds_bucket')]),
    ),
  },
  {
    title: 'Time of each step, p95',
    unit: 's',
    lines: { '{{service}}: {{event}}': quantile(0.95, 'quadrille_step_seconds_bucket', 'service, event') },
  },
  {
    title: 'Orders not placed yet',
    unit: 'short',
    lines: {
      orders: 'max(quadrille_order_unplaced)',
      'age of the oldest (s)': 'max(quadrille_order_unplaced_oldest_seconds)',
    },
  },
  {
    title: 'Parked events',
    unit: 'short',
    lines: { '{{service}}': 'max by (service) (quadrille_participant_parked_now)' },
  },
  {
    title: 'Calls of the gateway, by status',
    unit: 'ops',
    lines: { '{{status}}': rate('quadrille_http_request_seconds_count{service="gateway"}', 'status') },
  },
  {
    title: 'Time of calls of the gateway, p95',
    unit: 's',
    lines: { '{{route}}': quantile(0.95, 'quadrille_http_request_seconds_bucket{service="gateway"}', 'route') },
  },
  {
    title: 'Refunds that wait',
    unit: 'short',
    lines: { charges: 'max(quadrille_pay_refunds_waiting)' },
  },
];

const own = '{service="$service"}';
const service: readonly Panel[] = [
  {
    title: 'Events',
    unit: 'ops',
    lines: Object.fromEntries(
      ['applied', 'duplicates', 'parked', 'waiting', 'skipped', 'passed_over', 'retries'].map((name) => [
        name,
        `sum(rate(quadrille_participant_${name}_total${own}[$__rate_interval]))`,
      ]),
    ),
  },
  {
    title: 'Time of a transaction, p95',
    unit: 's',
    lines: { '{{kind}}': quantile(0.95, `quadrille_participant_transaction_seconds_bucket${own}`, 'kind') },
  },
  {
    title: 'Inputs in a transaction, p50',
    unit: 'short',
    lines: { '{{kind}}': quantile(0.5, `quadrille_participant_batch_size_bucket${own}`, 'kind') },
  },
  {
    title: 'CPU',
    unit: 'percentunit',
    lines: { '{{instance}}': rate(`quadrille_process_cpu_seconds_total${own}`, 'instance') },
  },
  {
    title: 'Memory',
    unit: 'bytes',
    lines: {
      '{{instance}}': `quadrille_process_resident_memory_bytes${own}`,
      '{{instance}} heap': `quadrille_nodejs_heap_size_used_bytes${own}`,
    },
  },
  {
    title: 'Event loop, p99 of its delay',
    unit: 's',
    lines: { '{{instance}}': `quadrille_nodejs_eventloop_lag_p99_seconds${own}` },
  },
  {
    title: 'Garbage collection, share of the time',
    unit: 'percentunit',
    lines: { '{{kind}}': rate(`quadrille_nodejs_gc_duration_seconds_sum${own}`, 'kind') },
  },
  { title: 'HTTP connections', unit: 'short', lines: { '{{instance}}': `quadrille_http_connections${own}` } },
  {
    title: 'Database connections',
    unit: 'short',
    lines: { '{{instance}} {{state}}': `quadrille_database_connections${own}` },
  },
];

const transport: readonly Panel[] = [
  {
    title: 'Events published',
    unit: 'ops',
    lines: { '{{database}}': rate('quadrille_relay_published_total', 'database') },
  },
  {
    title: 'Time to publish, p95',
    unit: 's',
    lines: { '{{database}}': quantile(0.95, 'quadrille_relay_publish_seconds_bucket', 'database') },
  },
  {
    title: 'Events published together, p50',
    unit: 'short',
    lines: { '{{database}}': quantile(0.5, 'quadrille_relay_batch_size_bucket', 'database') },
  },
  {
    title: 'Not yet published',
    unit: 'short',
    lines: { '{{database}}': 'max by (database) (quadrille_outbox_depth)' },
  },
  {
    title: 'Age of the oldest event not yet published',
    unit: 's',
    lines: { '{{database}}': 'max by (database) (quadrille_outbox_oldest_seconds)' },
  },
  {
    title: 'Relays that lead',
    unit: 'short',
    lines: { '{{database}}': 'max by (database) (quadrille_relay_leading)' },
  },
  {
    title: 'Refused by Kafka, orders',
    unit: 'short',
    lines: { '{{database}}': 'max by (database) (quadrille_outbox_parked_orders)' },
  },
  {
    title: 'Records still to process',
    unit: 'short',
    lines: { '{{consumer}}': 'sum by (consumer) (quadrille_consumer_lag_records)' },
  },
  {
    title: 'Instances in their groups',
    unit: 'short',
    lines: { '{{consumer}}': 'max by (consumer) (quadrille_consumer_members)' },
  },
  {
    title: 'Databases that answer',
    unit: 'short',
    lines: { '{{service}} {{database}}': 'min by (service, database) (quadrille_database_up)' },
  },
];

// A variable of Grafana.
const datasource = { type: 'prometheus', uid: ['$', '{datasource}'].join('') };

const panelOf = ({ title, unit, lines }: Panel, index: number) => ({
  id: index + 1,
  type: 'timeseries',
  title,
  datasource,
  gridPos: { h: 8, w: 12, x: (index % 2) * 12, y: Math.floor(index / 2) * 8 },
  fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
  targets: Object.entries(lines).map(([legendFormat, expr], line) => ({
    refId: String.fromCharCode(65 + line),
    ...{ datasource, expr, legendFormat },
  })),
});

const chosenService = {
  name: 'service',
  type: 'custom',
  label: 'Service',
  query: services.join(','),
  options: services.map((name, index) => ({ text: name, value: name, selected: index === 0 })),
  current: { text: services[0], value: services[0] },
};

const dashboard = (uid: string, title: string, panels: readonly Panel[], variables: readonly object[] = []): string =>
  `${JSON.stringify(
    {
      ...{ uid, title, tags: ['quadrille'], timezone: 'utc', schemaVersion: 39, version: 1, editable: true },
      refresh: '10s',
      time: { from: 'now-1h', to: 'now' },
      templating: { list: [{ name: 'datasource', type: 'datasource', query: 'prometheus' }, ...variables] },
      panels: panels.map(panelOf),
    },
    null,
    2,
  )}\n`;

/** The dashboards for Grafana, by their files. */
export const dashboards = (): Readonly<Record<string, string>> => ({
  'deploy/monitoring/dashboards/saga.json': dashboard('quadrille-saga', 'Quadrille: the saga', saga),
  'deploy/monitoring/dashboards/service.json': dashboard('quadrille-service', 'Quadrille: a service', service, [
    chosenService,
  ]),
  'deploy/monitoring/dashboards/transport.json': dashboard(
    'quadrille-transport',
    'Quadrille: relay, Kafka, databases',
    transport,
  ),
});
