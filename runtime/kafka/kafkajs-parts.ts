import { createRequire } from 'node:module';
import { decodeBatches, type Message } from './record-batch.ts';

const require = createRequire(import.meta.url);

/** Puts our code in the place of parts of kafkajs 2.2.4, before the first request. */
export const replaceParts = (): void => {
  replaceDecoder();
  countOpenTransactions();
  keepHeartbeats();
};

type Decoder = {
  readonly readInt32: () => number;
  readonly canReadBytes: (length: number) => boolean;
  readonly readBytes: (length: number) => Buffer;
};

/**
 * Records are read by our code. That of kafkajs copies all headers for each header, takes a header named `constructor` for the property of
 * that name, cannot read snappy, LZ4 or zstd, unfolds gzip without a bound, and fails for ever at a batch that it cannot read.
 */
const replaceDecoder = () => {
  // The answers of all versions of Fetch look it up here, when the first of them is to be read.
  const path = require.resolve('kafkajs/src/protocol/requests/fetch/v4/decodeMessages');
  require(path);
  const module = require.cache[path];
  if (!module) throw new Error('kafkajs has no such module: install the version that runtime/kafka/package.json names');
  module.exports = async (decoder: Decoder): Promise<Message[]> => {
    const length = decoder.readInt32();
    return length > 0 && decoder.canReadBytes(length) ? decodeBatches(decoder.readBytes(length)) : [];
  };
};

type Protocol = (version: { version: number }) => (request: object) => unknown;

/**
 * A partition ends where its last record is. kafkajs asks for the end as those see it who wait for open transactions, as nobody here does:
 * what is behind the first open one would not count as lag.
 */
const countOpenTransactions = () => {
  const listOffsets = require('kafkajs/src/protocol/requests/listOffsets') as { protocol: Protocol };
  const { protocol } = listOffsets;
  listOffsets.protocol = (version) => (request) => protocol(version)({ ...request, isolationLevel: 0 });
};

type ConsumerGroup = { lastRequest: number; heartbeat: (options: { interval: number }) => Promise<void> };

/**
 * kafkajs sends no heartbeat before the time of day is later than at the last one. Where the clock was set back meanwhile that may be hours
 * away, and the group takes such a member for dead.
 */
const keepHeartbeats = () => {
  const { prototype } = require('kafkajs/src/consumer/consumerGroup') as { prototype: ConsumerGroup };
  const { heartbeat } = prototype;
  prototype.heartbeat = function (options) {
    if (this.lastRequest > Date.now()) this.lastRequest = 0;
    return heartbeat.call(this, options);
  };
};
