import { promisify } from 'node:util';
import { zstdCompress } from 'node:zlib';
import kafkajs, { Kafka, type Producer, type ProducerConfig } from 'kafkajs';
import { compressFrame } from 'lz4-napi';
import { compress } from 'snappy';
import { brokers } from '../../../test/support/scratch.ts';

/** Kafka's numbers. */
export const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
export type Codec = keyof typeof codecs;

type Compress = (bytes: Buffer) => Promise<Buffer>;

// What librdkafka does: raw snappy, one LZ4 frame. The broker's own way (Java) is seen where a topic sets compression.type.
const writers: Partial<Record<Codec, Compress>> = {
  snappy: (bytes) => compress(bytes),
  lz4: (bytes) => compressFrame(bytes),
  zstd: promisify(zstdCompress),
};
for (const [codec, write] of Object.entries(writers))
  Object.assign(kafkajs.CompressionCodecs, {
    [codecs[codec as Codec]]: () => ({ compress: ({ buffer }: { buffer: Buffer }) => write(buffer) }),
  });

/** A producer that is nobody of ours. Its retries end, so that what a broker refuses is seen. */
export const foreignProducer = async (options: ProducerConfig = {}, at = brokers()): Promise<Producer> => {
  const kafka = new Kafka({ brokers: at, clientId: 'foreign', logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ retry: { retries: 3 }, ...options });
  await producer.connect();
  return producer;
};
