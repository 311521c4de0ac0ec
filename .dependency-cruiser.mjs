const forbidden = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** What each folder may import of the others. What is not named here is an error; `npm run check` says so. */
const mayImport = {
  contracts: [],
  db: ['contracts'],
  'runtime/process': ['contracts'],
  'runtime/kafka': ['runtime/process'],
  'runtime/participant': ['contracts', 'db', 'runtime/kafka', 'runtime/process'],
  'outbox-relay': ['contracts', 'db', 'runtime/kafka', 'runtime/process'],
  providers: ['contracts', 'db', 'runtime/participant', 'runtime/process'],
  // Services never import each other: they talk by events. Their list names all of them.
  'services/[^/]+': ['contracts', 'db', 'providers', 'runtime/participant', 'runtime/process'],
  gateway: ['contracts', 'runtime/process'],
  client: [],
  ops: ['contracts', 'db', 'outbox-relay', 'runtime/kafka', 'runtime/participant', 'runtime/process', 'services'],
  console: ['contracts', 'db', 'ops', 'runtime/kafka', 'runtime/process', 'services'],
  deploy: ['console', 'contracts', 'db', 'ops', 'runtime', 'services'],
  // Only developers run these, so nothing else may need them.
  'tools/stack': [
    'client/build',
    'console',
    'contracts',
    'db',
    'deploy',
    'gateway',
    'ops',
    'outbox-relay',
    'runtime',
    'services',
  ],
  'tools/bench': ['db', 'tools/stack'],
  'tools/chaos': [
    ...['client', 'contracts', 'db', 'deploy', 'ops', 'runtime/kafka', 'runtime/process', 'services'],
    ...['tools/simulate', 'tools/stack'],
  ],
  'tools/tutorials': ['runtime/process', 'tools/stack'],
  'tools/docs': ['runtime/process', 'tools/stack'],
  'tools/new': ['contracts', 'runtime/process', 'services', 'tools/stack'],
  'tools/simulate': ['contracts', 'db', 'ops', 'runtime/participant', 'services'],
  'tools/score': ['contracts', 'ops', 'runtime/process', 'services', 'tools/simulate', 'tools/stack'],
};

const ours = `^(${Object.keys(mayImport).join('|')}|services|test)/`;
const isTest = '/test/|\\.test\\.ts$|^test/';
const folderRules = Object.entries(mayImport).map(([folder, others]) =>
  forbidden(
    `imports-of-${folder}`,
    `It may import ${others.join(', ') || 'nothing of ours'}: see mayImport in .dependency-cruiser.mjs.`,
    { path: `^(${folder})/`, pathNot: `${isTest}|^client/build/` },
    // $1: the folder itself; of services only the one.
    { path: ours, pathNot: ['^$1/', ...others.map((other) => `^${other}/`)] },
  ),
);

export default {
  forbidden: [
    forbidden('no-cycles', 'A cycle has no beginning to read from.', {}, { circular: true }),
    ...folderRules,
    forbidden(
      'only-db-imports-mysql2',
      'Only db imports mysql2.',
      { pathNot: '^db/' },
      { path: 'node_modules/mysql2' },
    ),
    forbidden(
      'only-kafka-imports-kafkajs',
      'Only runtime/kafka imports kafkajs, so that the client can be replaced.',
      { pathNot: '^runtime/kafka/' },
      { path: 'node_modules/kafkajs' },
    ),
    forbidden(
      'hono-at-the-edges',
      'Only HTTP servers import hono: the gateway, the console and the APIs of services.',
      { pathNot: '^(gateway/|console/|runtime/process/http\\.ts|services/[^/]+/(api|page)\\.tsx?)' },
      { path: 'node_modules/(hono|@hono)/' },
    ),
    forbidden(
      'tests-stay-out',
      'What runs does not lean on tests.',
      { pathNot: '(^test/|/test/|\\.test\\.ts$)' },
      { path: '(^test/|/test/|\\.test\\.ts$)' },
    ),
    forbidden(
      'declared',
      'A package that is used is declared.',
      { pathNot: `drizzle.config.ts$|${isTest}` },
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^\\.quadrille|/migrations/)' },
    combinedDependencies: false,
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
