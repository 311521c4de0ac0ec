import type { Cluster } from 'kafkajs';

/** A topic's id by its name. A topic that is made again has the same name and another id. */
export type TopicIds = ReadonlyMap<string, string>;

/** No broker of this cluster says which topic ids there are: they are older than Kafka 2.8. */
export class NoTopicIds extends Error {
  override readonly name = 'NoTopicIds';
}

/** Kafka's number for metadata, and its first version with topic ids; kafkajs knows it up to 6. */
const [metadata, withIds] = [3, 10];

/** What kafkajs' brokers have beside what its types say. */
type Connected = {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null;
  readonly connectionPool: { readonly send: (protocol: Protocol) => Promise<TopicIds> };
};
type Protocol = {
  /** What `encode` makes stands behind the client's name. */
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly encode: () => Promise<{ readonly buf: Buffer; readonly buffer: Buffer }>;
  };
  readonly response: {
    readonly decode: (payload: Buffer) => Promise<{ readonly ids: TopicIds }>;
    readonly parse: (decoded: { readonly ids: TopicIds }) => Promise<TopicIds>;
  };
  readonly logResponseError: boolean;
};

const isConnected = (broker: object): broker is Connected => 'versions' in broker && 'connectionPool' in broker;

/**
 * Asks the brokers of a connected kafkajs client, one after the other until one answers, over its own connections.
 * @returns the topics among these that exist, as far as that broker knows
 * @throws NoTopicIds, or what went wrong with the last broker asked
 */
export const readTopicIds = async (cluster: Cluster, topics: readonly string[]): Promise<TopicIds> => {
  let failure: unknown = new Error('no broker is known');
  for (const nodeId of cluster.getNodeIds()) {
    try {
      const broker: object = await cluster.findBroker({ nodeId: String(nodeId) });
      if (!isConnected(broker)) throw new NoTopicIds('this version of kafkajs keeps its connections elsewhere');
      // A broker closes the connection on a version that it does not know.
      if ((broker.versions?.[metadata]?.maxVersion ?? 0) < withIds) throw new NoTopicIds('the broker is too old');
      return await broker.connectionPool.send(metadataOf(topics));
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
};

const metadataOf = (topics: readonly string[]): Protocol => ({
  request: {
    ...{ apiKey: metadata, apiVersion: withIds, apiName: 'Metadata' },
    encode: async () => {
      const body = encodeRequest(topics);
      return { buf: body, buffer: body };
    },
  },
  response: {
    decode: async (payload) => ({ ids: decodeAnswer(payload) }),
    parse: async ({ ids }) => ids,
  },
  logResponseError: false,
});

/** Ends a structure: it has no tagged fields. */
const noTags = Buffer.from([0]);
const zeroId = Buffer.alloc(16);

const encodeRequest = (topics: readonly string[]): Buffer =>
  Buffer.concat([
    // Of the header, which kafkajs writes as those of older versions.
    noTags,
    varint(topics.length + 1),
    ...topics.flatMap((topic) => [zeroId, varint(Buffer.byteLength(topic) + 1), Buffer.from(topic), noTags]),
    // Make no topics; and leave out what we may do with the cluster, and with them.
    Buffer.from([0, 0, 0]),
    noTags,
  ]);

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
};

/** The layout is that of Kafka's MetadataResponse.json, version 10. */
export const decodeAnswer = (payload: Buffer): TopicIds => {
  const from = reader(payload);
  const ids = new Map<string, string>();
  from.skipTags();
  // How long we are throttled.
  from.int32();
  from.array(() => {
    from.int32();
    from.string();
    from.int32();
    from.string();
    from.skipTags();
  });
  // The cluster's id, and its controller.
  from.string();
  from.int32();
  from.array(() => {
    const errorCode = from.int16();
    const name = from.string();
    const id = from.bytes(16);
    // Whether it is internal.
    from.bytes(1);
    from.array(() => {
      from.int16();
      for (let field = 0; field < 3; field++) from.int32();
      for (let replicas = 0; replicas < 3; replicas++) from.array(from.int32);
      from.skipTags();
    });
    from.int32();
    from.skipTags();
    if (errorCode === 0 && name !== null && !id.equals(zeroId)) ids.set(name, id.toString('base64url'));
  });
  return ids;
};

const reader = (buffer: Buffer) => {
  let at = 0;
  const bytes = (length: number): Buffer => {
    if (at + length > buffer.length) throw new RangeError('the answer ends too early');
    at += length;
    return buffer.subarray(at - length, at);
  };
  const unsigned = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes(1).readUInt8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  return {
    bytes,
    int16: () => bytes(2).readInt16BE(),
    int32: () => bytes(4).readInt32BE(),
    /** Null has the length 0, and nothing has the length 1. */
    string: () => {
      const length = unsigned();
      return length === 0 ? null : bytes(length - 1).toString();
    },
    array: (element: () => unknown) => {
      for (let left = unsigned() - 1; left > 0; left--) element();
    },
    skipTags: () => {
      for (let left = unsigned(); left > 0; left--) {
        unsigned();
        bytes(unsigned());
      }
    },
  };
};
