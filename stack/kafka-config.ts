type Settings = {
  data: string;
  broker: number;
  controller: number;
  /** The port that clients are told to use, when something stands in between. */
  advertised?: number | undefined;
};

/** A broker for one machine: durable as Kafka is by default, small in threads and memory, with nothing created by accident. */
export function serverProperties({ data, broker, controller, advertised = broker }: Settings): string {
  return properties({
    'process.roles': 'broker,controller',
    'node.id': '1',
    listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${advertised}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    // The voters are named here and not kept in the storage, so that another port after a restart does no harm.
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'log.dirs': data,
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.num.partitions': '8',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'log.retention.hours': '168',
    'num.network.threads': '2',
    'num.io.threads': '4',
    // The controller would write an empty record twice a second for followers that are not there.
    'metadata.max.idle.interval.ms': '5000',
  });
}

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

function properties(values: Record<string, string>): string {
  return `${Object.entries(values)
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')}\n`;
}
