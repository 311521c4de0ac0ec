/** A broker that is a controller, too. */
export type KafkaNode = { id: number; broker: number; controller: number };

export type KafkaCluster = { clusterId: string; nodes: readonly KafkaNode[] };

type Settings = {
  data: string;
  node: KafkaNode;
  /** All brokers, the node among them. */
  nodes: readonly KafkaNode[];
  /** The port that clients are told to use, when something stands in between. */
  advertised?: number | undefined;
};

const properties = (values: Record<string, string>): string => {
  return `${Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
};

/** A broker for one machine: durable as Kafka is by default, small in threads and memory, with nothing created by accident. */
export const serverProperties = ({ data, node, nodes, advertised = node.broker }: Settings): string => {
  // What Kafka keeps for itself (groups and their offsets) is held by as many brokers as our events.
  const replication = String(Math.min(3, nodes.length));
  const insync = String(Math.min(2, nodes.length));
  return properties({
    'process.roles': 'broker,controller',
    'node.id': String(node.id),
    listeners: `PLAINTEXT://127.0.0.1:${node.broker},CONTROLLER://127.0.0.1:${node.controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${advertised}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    // The voters are named here and not kept in the storage, so that another port after a restart does no harm.
    'controller.quorum.voters': nodes.map(({ id, controller }) => `${id}@127.0.0.1:${controller}`).join(','),
    'log.dirs': data,
    'auto.create.topics.enable': 'false',
    'default.replication.factor': replication,
    'min.insync.replicas': insync,
    'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.num.partitions': '8',
    'offsets.topic.replication.factor': replication,
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.replication.factor': replication,
    'transaction.state.log.min.isr': insync,
    'share.coordinator.state.topic.replication.factor': replication,
    'share.coordinator.state.topic.min.isr': insync,
    'log.retention.hours': '168',
    'num.network.threads': '2',
    'num.io.threads': '4',
    // The controller would write an empty record twice a second for followers that are not there.
    ...(nodes.length === 1 && { 'metadata.max.idle.interval.ms': '5000' }),
    // All brokers stop together: the last would wait for others to lead what it leads.
    ...(nodes.length > 1 && { 'controlled.shutdown.enable': 'false' }),
  });
};

/** Warnings and worse, and the one line that says "started". */
export const loggingProperties = properties({
  status: 'error',
  'appender.out.type': 'Console',
  'appender.out.name': 'out',
  'appender.out.layout.type': 'PatternLayout',
  'appender.out.layout.pattern': '%d{ISO8601} %p %m (%c)%n',
  'rootLogger.level': 'warn',
  'rootLogger.appenderRef.out.ref': 'out',
  'logger.started.name': 'kafka.server.KafkaRaftServer',
  'logger.started.level': 'info',
});
