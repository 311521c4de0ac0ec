import kafkajs, { type ICustomPartitioner } from 'kafkajs';

/**
 * Which partition a message goes to: the one that every Kafka client chooses for its key (murmur2). kafkajs hashes in 64-bit objects, which took
 * a fourteenth of the relay's time.
 */
export const partitioner: ICustomPartitioner = () => {
  const withoutKey = kafkajs.Partitioners.DefaultPartitioner();
  return (choice) => {
    const { message, partitionMetadata } = choice;
    if (message.key == null || message.partition != null) return withoutKey(choice);
    const bytes = typeof message.key === 'string' ? Buffer.from(message.key) : message.key;
    return (murmur2(bytes) & 0x7fffffff) % partitionMetadata.length;
  };
};

const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

/** As org.apache.kafka.common.utils.Utils.murmur2 of Kafka's own client. @returns 32 bits, signed */
export const murmur2 = (bytes: Buffer): number => {
  const { length } = bytes;
  const whole = length & ~3;
  let hash = seed ^ length;
  for (let at = 0; at < whole; at += 4) {
    let word = Math.imul(bytes.readInt32LE(at), multiplier);
    word = Math.imul(word ^ (word >>> 24), multiplier);
    hash = Math.imul(hash, multiplier) ^ word;
  }
  for (let at = length - 1; at >= whole; at--) hash ^= (bytes[at] as number) << (8 * (at - whole));
  if (length > whole) hash = Math.imul(hash, multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
};
