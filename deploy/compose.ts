import type { ServiceDefinition } from '@quadrille/participant/definition';
import { settingsIn } from '@quadrille/process/settings/setting';
import { tree } from '@quadrille/process/settings/tree';
import { definitions, publicApis, services, servicesWithApi } from '@quadrille/services';
import { databaseUrlOf, sideDatabases } from '@quadrille/services/databases';

const lines = (all: readonly string[]): string => all.join('\n');
const secret = (name: string): string => `  ${name}: { file: deploy/secrets/${name}.txt }`;

/** What rules depend on: the console must know it as the service does. */
const ruleSettings = definitions.flatMap(({ settings }) => Object.values(settings).map(({ env }) => env));

/** Traces, for every process; empty: the default. */
const tracing = (indent: string): string =>
  settingsIn({ tracing: tree.tracing })
    .map(({ env }) => `${indent}${env}: \${${env}:-}\n`)
    .join('');

const sideSecrets = sideDatabases.map(({ setting }) => setting.env.toLowerCase());

const block = ({ name, container, sideDatabase }: ServiceDefinition): string => {
  const { passedOn = [], environment = {}, secrets: given = [] } = container ?? {};
  const secrets = [...given, ...(sideDatabase ? [sideDatabase.setting.env.toLowerCase()] : [])];
  return `  ${name}:
    <<: *process
    command: [node, services/${name}/main.ts]
    networks: [core, edge]
    environment:
      <<: *environment
      DATABASE_URL_FILE: /run/secrets/${name}_database_url
      KAFKA_GROUP_PREFIX: \${KAFKA_GROUP_PREFIX:-}
      SYSTEM_TOKEN_FILE: /run/secrets/system_token
${[
  ...passedOn.map((key) => `      ${key}: \${${key}:-}\n`),
  ...Object.entries(environment).map(([key, value]) => `      ${key}: ${value}\n`),
  ...secrets.map((each) => `      ${each.toUpperCase()}_FILE: /run/secrets/${each}\n`),
].join('')}    secrets: [${[`${name}_database_url`, ...secrets, 'system_token'].join(', ')}]
`;
};

/** docker-compose.yml: everything on one machine, with one block for each service. */
export const composeFile = (): string => `# Quadrille on one machine: MySQL, Kafka, the seven processes.
#
#   sh deploy/secrets.sh              makes the passwords, once
#   docker compose up --build --detach
#
# Made by \`npm run generate\` from deploy/compose.ts: change that.
name: quadrille

# Every process of ours: the same image, no root, no rights, nothing writable.
x-process: &process
  build: .
  image: quadrille:local
  restart: unless-stopped
  depends_on:
    setup: { condition: service_completed_successfully }
  networks: [core]
  read_only: true
  cap_drop: [ALL]
  security_opt: ["no-new-privileges:true"]
  mem_limit: 512m
  pids_limit: 128
  # A process gives itself 10 s.
  stop_grace_period: 15s
  logging: &logging
    driver: json-file
    options: { max-size: 10m, max-file: "5" }

x-environment: &environment
  KAFKA_BROKERS: kafka:9092
  LOG_LEVEL: \${LOG_LEVEL:-}
${tracing('  ')}
services:
  gateway:
    <<: *process
    command: [node, gateway/main.ts]
    depends_on: [order]
    # Neither the database nor Kafka is within its reach.
    networks: [edge]
    ports: ["\${GATEWAY_ADDRESS:-127.0.0.1:8080}:8080"]
    environment:
      GATEWAY_PORT: "8080"
      LOG_LEVEL: \${LOG_LEVEL:-}
${tracing('      ')}${lines([
  ...servicesWithApi.map((name) => `      ${name.toUpperCase()}_URL: http://${name}:8080`),
  ...(publicApis.length > 0 ? [`      PUBLIC_APIS: ${publicApis.join(',')}`] : []),
])}
      PUBLIC_URL: \${PUBLIC_URL:-}
      GATEWAY_API_KEYS_FILE: /run/secrets/gateway_api_keys
      OIDC_ISSUER: \${OIDC_ISSUER:-}
      OIDC_AUDIENCE: \${OIDC_AUDIENCE:-}
      OIDC_CLIENT_ID: \${OIDC_CLIENT_ID:-}
      SYSTEM_TOKEN_FILE: /run/secrets/system_token
    secrets: [gateway_api_keys, system_token]

${lines(definitions.map(block))}
  relay:
    <<: *process
    command: [node, outbox-relay/main.ts]
    environment:
      <<: *environment
      DATABASE_URLS_FILE: /run/secrets/relay_database_urls
      SYSTEM_TOKEN_FILE: /run/secrets/system_token
    secrets: [relay_database_urls, system_token]

  # For people who look after it: http://localhost:36789. Nothing of the above needs it.
  console:
    <<: *process
    command: [node, console/main.ts]
    networks: [core, edge]
    ports: ["\${CONSOLE_ADDRESS:-127.0.0.1:36789}:36789"]
    environment:
      <<: *environment
      CONSOLE_PORT: "36789"
      CONSOLE_URL: \${CONSOLE_URL:-}
      # The address of the proxy in front of it that does TLS, as the console sees it.
      TRUSTED_PROXIES: \${TRUSTED_PROXIES:-}
      DATABASE_URL_FILE: /run/secrets/console_database_url
      GATEWAY_URL: http://gateway:8080
      KAFKA_GROUP_PREFIX: \${KAFKA_GROUP_PREFIX:-}
      SYSTEM_TOKEN_FILE: /run/secrets/system_token
      CONSOLE_OPERATOR_PASSWORD_FILE: /run/secrets/console_operator_password
      CONSOLE_SESSION_KEY_FILE: /run/secrets/console_session_key
      OPS_DATABASE_URLS_FILE: /run/secrets/ops_database_urls
${lines(services.map((name) => `      ${databaseUrlOf(name)}_FILE: /run/secrets/${name}_database_url`))}
${lines(ruleSettings.map((name) => `      ${name}: \${${name}:-}`))}
    secrets:
      - console_database_url
      - console_operator_password
      - console_session_key
      - system_token
      - ops_database_urls
${lines(services.map((name) => `      - ${name}_database_url`))}

  # Databases, users, tables, first rows, topics; then it is done. Everything of ours waits for it.
  setup:
    <<: *process
    command: [node, deploy/setup.ts]
    restart: "no"
    depends_on:
      mysql: { condition: service_healthy }
      kafka: { condition: service_healthy }
    healthcheck: { disable: true }
    environment:
      <<: *environment
      MYSQL_URL_FILE: /run/secrets/mysql_url
${lines(services.map((name) => `      ${databaseUrlOf(name)}_FILE: /run/secrets/${name}_database_url`))}
${lines(sideSecrets.map((name) => `      ${name.toUpperCase()}_FILE: /run/secrets/${name}`))}
      RELAY_DATABASE_URLS_FILE: /run/secrets/relay_database_urls
      OPS_DATABASE_URLS_FILE: /run/secrets/ops_database_urls
      CONSOLE_DATABASE_URL_FILE: /run/secrets/console_database_url
    secrets:
      - console_database_url
      - mysql_url
${lines([...services.map((name) => `${name}_database_url`), ...sideSecrets].map((name) => `      - ${name}`))}
      - relay_database_urls
      - ops_database_urls

  mysql:
    image: mysql:8.4
    # The image's own user: then it needs no right to become it.
    user: "999:999"
    # A commit is on the disk before it is answered, and in the binlog, which wakes the relay.
    command:
      - --binlog-format=ROW
      - --binlog-row-image=MINIMAL
      - --sync-binlog=1
      - --innodb-flush-log-at-trx-commit=1
      - --binlog-expire-logs-seconds=604800
      - --transaction-isolation=READ-COMMITTED
      - --innodb-rollback-on-timeout=ON
      - --innodb-buffer-pool-size=512M
      - --max-connections=500
      - --character-set-server=utf8mb4
      - --default-time-zone=+00:00
      - --mysqlx=OFF
    environment:
      MYSQL_ROOT_PASSWORD_FILE: /run/secrets/mysql_root_password
    secrets: [mysql_root_password]
    volumes: ["mysql:/var/lib/mysql"]
    networks: [core]
    restart: unless-stopped
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    mem_limit: 1536m
    stop_grace_period: 60s
    logging: *logging
    healthcheck:
      # By TCP, which the server that only fills a new volume does not listen on.
      test: [CMD, mysqladmin, ping, --host=127.0.0.1, --silent]
      interval: 10s
      timeout: 5s
      retries: 6
      start_period: 120s
      start_interval: 2s

  kafka:
    image: apache/kafka:4.1.0
    # One broker that is its own controller. With three, topics are made with three copies of each event.
    environment:
      CLUSTER_ID: RgUN1VUUJbJ6QsnGQaj_jA
      KAFKA_NODE_ID: "1"
      KAFKA_PROCESS_ROLES: broker,controller
      KAFKA_LISTENERS: PLAINTEXT://:9092,CONTROLLER://127.0.0.1:9093
      KAFKA_ADVERTISED_LISTENERS: PLAINTEXT://kafka:9092
      KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
      KAFKA_INTER_BROKER_LISTENER_NAME: PLAINTEXT
      KAFKA_CONTROLLER_LISTENER_NAMES: CONTROLLER
      KAFKA_CONTROLLER_QUORUM_VOTERS: 1@127.0.0.1:9093
      KAFKA_LOG_DIRS: /var/lib/kafka/data
      KAFKA_AUTO_CREATE_TOPICS_ENABLE: "false"
      KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: "0"
      KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: "1"
      KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: "1"
      KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: "1"
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: "1"
      KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: "1"
      KAFKA_HEAP_OPTS: -Xms256m -Xmx512m
    volumes: ["kafka:/var/lib/kafka/data"]
    networks: [core]
    restart: unless-stopped
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    mem_limit: 1g
    stop_grace_period: 60s
    logging: *logging
    healthcheck:
      # Its port opens before it can answer, so it is asked something.
      test:
        - CMD-SHELL
        - KAFKA_HEAP_OPTS=-Xmx64m /opt/kafka/bin/kafka-broker-api-versions.sh --bootstrap-server localhost:9092 >/dev/null
      interval: 30s
      timeout: 15s
      retries: 4
      start_period: 90s
      start_interval: 3s

networks:
  # Where the world comes in.
  edge: {}
  # Database, Kafka and those who speak to them; no way out.
  core:
    internal: true

volumes:
  mysql: {}
  kafka: {}

# Made by deploy/secrets.sh; git and the image leave them out.
secrets:
  mysql_root_password: { file: deploy/secrets/mysql_root_password.txt }
  mysql_url: { file: deploy/secrets/mysql_url.txt }
${lines([...services.map((name) => `${name}_database_url`), ...sideSecrets].map(secret))}
  relay_database_urls: { file: deploy/secrets/relay_database_urls.txt }
  ops_database_urls: { file: deploy/secrets/ops_database_urls.txt }
  console_database_url: { file: deploy/secrets/console_database_url.txt }
  console_operator_password: { file: deploy/secrets/console_operator_password.txt }
  console_session_key: { file: deploy/secrets/console_session_key.txt }
  gateway_api_keys: { file: deploy/secrets/gateway_api_keys.txt }
  system_token: { file: deploy/secrets/system_token.txt }
${lines(definitions.flatMap(({ container }) => container?.secrets ?? []).map(secret))}
`;
