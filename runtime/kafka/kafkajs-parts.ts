import { createRequire } from 'node:module';
import { crc32c } from './crc32c.ts';
import { type BatchToWrite, encodeBatch, type RecordToWrite } from './encode-batch.ts';
import { decodeBatches, type Message } from './record-batch.ts';

const require = createRequire(import.meta.url);

/** Puts our code in the place of parts of kafkajs 2.2.4, before the first request. */
export const replaceParts = (): void => {
  replaceDecoder();
  replaceEncoder();
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
  moduleOf('kafkajs/src/protocol/requests/fetch/v4/decodeMessages').exports = async (
    decoder: Decoder,
  ): Promise<Message[]> => {
    const length = decoder.readInt32();
    return length > 0 && decoder.canReadBytes(length) ? decodeBatches(decoder.readBytes(length)) : [];
  };
};

/** What kafkajs puts requests together with: `buf` as far as `offset`. */
type Encoder = { buf: Buffer; offset: number; ensureAvailable: (length: number) => void };

type TheirBatch = Omit<BatchToWrite, 'records'> & { readonly compression: number };

/** Records are written by our code, too, which takes a tenth of the time. What is to be compressed, as nothing of ours is, is left to kafkajs. */
const replaceEncoder = () => {
  const { prototype } = require('kafkajs/src/protocol/encoder') as { prototype: Encoder };
  // Theirs fills with zeros what is written over anyway: a request is put together in four such buffers, each in the next.
  prototype.ensureAvailable = function (length) {
    const size = this.offset + length;
    if (size <= this.buf.length) return;
    const larger = Buffer.allocUnsafe(Math.max(size, 2 * this.buf.length));
    this.buf.copy(larger, 0, 0, this.offset);
    this.buf = larger;
  };
  // The request that a producer makes first looks these two up.
  const record = moduleOf('kafkajs/src/protocol/recordBatch/record/v0');
  const theirRecord = record.exports as (record: RecordToWrite) => object;
  record.exports = (fields: RecordToWrite) => fields;
  const batches = moduleOf('kafkajs/src/protocol/recordBatch/v0').exports as {
    RecordBatch: (batch: TheirBatch & { records: readonly object[] }) => Promise<Encoder>;
  };
  const theirBatch = batches.RecordBatch;
  Object.assign(batches, {
    RecordBatch: async (batch: TheirBatch & Pick<BatchToWrite, 'records'>): Promise<Encoder> => {
      if (batch.compression !== 0) return theirBatch({ ...batch, records: batch.records.map(theirRecord) });
      const bytes = encodeBatch(batch, crc32c);
      return Object.assign(Object.create(prototype) as Encoder, { buf: bytes, offset: bytes.length });
    },
  });
};

const moduleOf = (name: string): { exports: unknown } => {
  const path = require.resolve(name);
  require(path);
  const module = require.cache[path];
  if (!module) throw new Error('kafkajs has no such module: install the version that runtime/kafka/package.json names');
  return module;
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
