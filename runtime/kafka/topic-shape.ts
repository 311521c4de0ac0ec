const day = 86_400_000;

/** How long (ms) Kafka keeps an event at least: longer than any outage of a consumer. */
const retention = 7 * day;
/** Kafka removes whole segments, when the youngest record in one is old enough; so a record can outlive the retention by this (ms). */
const segment = day;

/** How long (ms) a record can stay in a topic made by `ensureTopics`. */
export const topicLifetime = retention + segment;

/** How many brokers hold each event, unless a setting asks for another number: three, or as many as there are. */
export const defaultReplication = (brokers: number): number => Math.min(3, brokers);

/**
 * How many brokers must have an event before Kafka acknowledges it: two wherever there are two. With two brokers in all, publishing waits
 * while one of them is away (the outbox keeps the events); the alternative is to acknowledge what a single broker has and can lose.
 */
export const minInsyncReplicas = (replication: number): number => Math.min(2, replication);

/**
 * The settings of a topic of ours. Each is given, although most are Kafka's defaults, because a cluster can have other defaults.
 * `uncompressed`: whatever a client compresses is stored so that every consumer can read it.
 */
export const topicConfig = (replication: number) => ({
  'cleanup.policy': 'delete',
  'compression.type': 'uncompressed',
  'min.insync.replicas': String(minInsyncReplicas(replication)),
  'retention.bytes': '-1',
  'retention.ms': String(retention),
  'segment.ms': String(segment),
  'unclean.leader.election.enable': 'false',
});

export type ExpectedTopic = {
  readonly partitions: number;
  /** How many brokers should hold each event. */
  readonly replication: number;
  /** The ids of the brokers that are there. */
  readonly brokers: readonly number[];
  /** For the commands: `HOST:PORT`, with commas between. */
  readonly bootstrap: string;
};

export type ActualTopic = {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number; readonly replicas: readonly number[] }[];
  /** What `topicConfig` names. */
  readonly config: Readonly<Record<string, string | undefined>>;
};

/** One way in which a topic is not as it should be. */
export type TopicDifference = {
  /** What is so, and what comes of it, in one line. */
  readonly what: string;
  /** The command that mends it, or what to do where none can. */
  readonly mend: string;
  /** Whether an event can be lost by it. */
  readonly losesEvents: boolean;
};

/**
 * How an existing topic differs from one that `ensureTopics` makes. What costs nothing is no difference: a longer retention, more copies,
 * and `producer` as compression, which leaves our own events as they are.
 */
export const topicDifferences = (expected: ExpectedTopic, actual: ActualTopic): TopicDifference[] => {
  const { topic, config } = actual;
  const differences: TopicDifference[] = [];
  const copies = Math.min(...actual.partitions.map(({ replicas }) => replicas.length));
  const insync = Number(config['min.insync.replicas']);
  const wanted = topicConfig(copies);
  const mendConfig = (name: keyof typeof wanted, why: string, losesEvents: boolean) =>
    differences.push({
      what: `topic ${topic}: ${name} is ${config[name]}, not ${wanted[name]}: ${why}`,
      mend: `kafka-configs.sh --bootstrap-server ${expected.bootstrap} --alter --entity-type topics --entity-name ${topic} --add-config ${name}=${wanted[name]}`,
      losesEvents,
    });

  if (config['cleanup.policy'] !== 'delete')
    mendConfig('cleanup.policy', 'Kafka keeps only the last event of each order', true);
  if (isShorter(config['retention.ms'], retention))
    mendConfig('retention.ms', 'events leave before a service that was away for longer has read them', true);
  if (Number(config['retention.bytes']) >= 0)
    mendConfig('retention.bytes', 'under load events leave before they are read', true);
  const wantedCopies = Math.max(expected.replication, Math.min(2, expected.brokers.length));
  if (copies < wantedCopies)
    differences.push({
      what: `topic ${topic}: ${copies} of ${expected.brokers.length} brokers hold${copies === 1 ? 's' : ''} each event, not ${wantedCopies}${copies === 1 ? ': the loss of one disk loses events' : ''}`,
      mend: reassignment(expected, actual, wantedCopies),
      losesEvents: copies === 1,
    });
  if (insync < minInsyncReplicas(copies))
    mendConfig('min.insync.replicas', 'Kafka acknowledges what one broker alone has', true);
  if (copies >= 2 && config['unclean.leader.election.enable'] === 'true')
    mendConfig('unclean.leader.election.enable', 'a broker that lacks events can become their leader', true);
  if (insync > copies) mendConfig('min.insync.replicas', 'no event can be published', false);
  else if (copies > 2 && insync === copies)
    mendConfig('min.insync.replicas', 'no event can be published while one broker is away', false);
  if (!['uncompressed', 'producer'].includes(String(config['compression.type'])))
    mendConfig('compression.type', 'the brokers compress each event anew', false);
  const count = actual.partitions.length;
  if (count !== expected.partitions)
    differences.push({
      what: `topic ${topic}: it has ${count} partition${count === 1 ? '' : 's'}, not ${expected.partitions}: ${
        count < expected.partitions
          ? 'so few instances of a service can share its work'
          : 'if they were added while orders were under way, events of these may arrive out of their order'
      }`,
      mend:
        count < expected.partitions
          ? `kafka-topics.sh --bootstrap-server ${expected.bootstrap} --alter --topic ${topic} --partitions ${expected.partitions} (only while every event has been published and processed: orders move to other partitions)`
          : 'partitions cannot be removed; leave them, and never add any',
      losesEvents: false,
    });
  return differences.sort((a, b) => Number(b.losesEvents) - Number(a.losesEvents));
};

const isShorter = (value: string | undefined, ms: number): boolean => Number(value) >= 0 && Number(value) < ms;

/** Copies of each partition on further brokers, evenly; the leader stays where it is. */
const reassignment = ({ brokers, bootstrap }: ExpectedTopic, actual: ActualTopic, copies: number): string => {
  if (brokers.length < copies) return `start ${copies - brokers.length} more of the brokers, then start this again`;
  const partitions = actual.partitions.map(({ partition, replicas }) => {
    const others = brokers.filter((broker) => !replicas.includes(broker));
    const turned = others.map((_, index) => others[(index + partition) % others.length]);
    return { topic: actual.topic, partition, replicas: [...replicas, ...turned].slice(0, copies) };
  });
  const json = JSON.stringify({ version: 1, partitions });
  return `kafka-reassign-partitions.sh --bootstrap-server ${bootstrap} --execute --reassignment-json-file <(echo '${json}')`;
};
