const not = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** Arrows point one way: contracts <- process <- db, kafka <- participant <- services; relay and gateway never see a service. */
export default {
  forbidden: [
    not('no-cycles', 'A cycle has no beginning to read from.', {}, { circular: true }),
    not(
      'contracts-stand-alone',
      'What is said depends on nobody.',
      { path: '^contracts/' },
      { path: '^(db|kafka|process|participant|outbox-relay|gateway|services|stack|bench)/' },
    ),
    not(
      'process-knows-contracts-only',
      'Every process needs it; it needs none.',
      { path: '^process/' },
      { path: '^(db|kafka|participant|outbox-relay|gateway|services|stack|bench)/' },
    ),
    not(
      'db-knows-no-business',
      'Tables of the plumbing, and nothing above it.',
      { path: '^db/' },
      { path: '^(kafka|participant|outbox-relay|gateway|services|stack|bench)/' },
    ),
    not(
      'kafka-knows-no-business',
      'A door, and nothing above it.',
      { path: '^kafka/' },
      { path: '^(db|participant|outbox-relay|gateway|services|stack|bench)/' },
    ),
    not(
      'participant-knows-no-service',
      'The runtime serves any service.',
      { path: '^participant/' },
      { path: '^(outbox-relay|gateway|services|stack|bench)/', pathNot: '^$' },
    ),
    not(
      'relay-knows-no-service',
      'It moves bytes.',
      { path: '^outbox-relay/' },
      { path: '^(participant|gateway|services|stack|bench)/' },
    ),
    not(
      'gateway-knows-no-service',
      'It speaks HTTP to the order service.',
      { path: '^gateway/' },
      { path: '^(db|kafka|participant|outbox-relay|services|stack|bench)/', pathNot: '^$' },
    ),
    not(
      'services-do-not-meet',
      'Services talk by events.',
      { path: '^services/([^/]+)/' },
      { path: '^(services/(?!$1/)|outbox-relay/|gateway/|stack/|bench/)' },
    ),
    not(
      'client-stands-alone',
      'It is installed elsewhere; only what makes and tests it sees the rest.',
      { path: '^client/', pathNot: '^client/build/|/test/' },
      { path: '^(?!client/|node_modules/)' },
    ),
    not(
      'nothing-runs-on-ops',
      'It looks at everything; no process of the saga leans on it.',
      { pathNot: '^(ops|console|bench|chaos|test)/' },
      { path: '^ops/' },
    ),
    not(
      'ops-goes-round-the-gateway',
      'It works with databases and Kafka, also while the gateway is down.',
      { path: '^ops/' },
      { path: '^(gateway|client|bench|deploy)/' },
    ),
    not(
      'console-sees-by-events-and-ops',
      'It reads topics into tables of its own; what it asks services or does to them, it does by ops.',
      { path: '^console/' },
      { path: '^(participant|outbox-relay|services|gateway|client|bench|deploy|simulate|chaos)/' },
    ),
    not(
      'nobody-needs-the-console',
      'Killing it harms nothing. Only the command line calls its rebuild.',
      { pathNot: '^(console/|ops/cli/)' },
      { path: '^console/' },
    ),
    not(
      'nobody-simulates',
      'It watches the system; the system does not know.',
      { pathNot: '^simulate/' },
      // Its chance serves whoever wants to repeat a run.
      { path: '^simulate/(?!random\\.ts$)' },
    ),
    not(
      'simulation-without-servers',
      'It runs rules and runtime in memory.',
      { path: '^simulate/' },
      { path: '^(kafka|process|outbox-relay|gateway|client|stack|bench|chaos|ops|console|deploy)/' },
    ),
    not('one-door-to-mysql', 'Only db speaks to MySQL.', { pathNot: '^db/' }, { path: 'node_modules/mysql2' }),
    not(
      'one-door-to-kafka',
      'Only kafka speaks to Kafka, so that its client can be replaced.',
      { pathNot: '^kafka/' },
      { path: 'node_modules/kafkajs' },
    ),
    not(
      'hono-at-the-edges',
      "HTTP is the business of the gateway, the console and the services' doors.",
      { pathNot: '^(gateway/|console/|process/http\\.ts|services/[^/]+/(api|page)\\.tsx?)' },
      { path: 'node_modules/(hono|@hono)/' },
    ),
    not(
      'tests-stay-out',
      'What runs does not lean on tests.',
      { pathNot: '(^test/|/test/|\\.test\\.ts$)' },
      { path: '(^test/|/test/|\\.test\\.ts$)' },
    ),
    not(
      'declared',
      'A package that is used is declared.',
      { pathNot: 'drizzle.config.ts$' },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
  ].map((rule) =>
    rule.from.path?.startsWith('^') && rule.name !== 'tests-stay-out'
      ? { ...rule, from: { ...rule.from, pathNot: rule.from.pathNot ?? '/test/|\\.test\\.ts$' } }
      : rule,
  ),
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^\\.quadrille|/migrations/)' },
    combinedDependencies: true,
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
