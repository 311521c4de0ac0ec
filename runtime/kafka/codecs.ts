import { promisify } from 'node:util';
import { unzip, zstdDecompress } from 'node:zlib';
import { decompressFrame } from 'lz4-napi';
import { uncompress } from 'snappy';
import { MalformedBytes } from './bytes.ts';

/** A batch of records may become this long (bytes) and no longer: a few kilobytes can be made to unfold to gigabytes. */
const longestBatch = 16 * 1_048_576;

/**
 * What a batch says about its compression, by Kafka's numbers. Each works beside the event loop and rejects when the bytes are broken, or
 * would become longer than `longestBatch` (docs/adr/0012).
 */
export const decompress = (codec: number, bytes: Buffer): Promise<Buffer> => {
  const codecs = [async () => bytes, gzip, snappy, lz4, zstd];
  const read = codecs[codec];
  return read ? read(bytes) : Promise.reject(new MalformedBytes(`there is no compression ${codec}`));
};

const bound = { maxOutputLength: longestBatch };
const gunzip = promisify(unzip);
const gzip = (bytes: Buffer): Promise<Buffer> => gunzip(bytes, bound);

const unzstd = promisify(zstdDecompress);
const zstd = (bytes: Buffer): Promise<Buffer> => unzstd(bytes, bound);

const tooLong = () => new MalformedBytes(`it would become longer than ${longestBatch} bytes`);

/** How snappy-java begins, which the Java clients and the broker use: blocks of raw snappy, each with its length before it. */
const xerial = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** After the magic bytes come two version numbers. */
const xerialHeader = 16;
/** Far more blocks of 32 KB than fit into the longest batch; each costs a call. */
const mostBlocks = 4_096;

const snappy = async (bytes: Buffer): Promise<Buffer> => {
  const blocks = bytes.subarray(0, xerial.length).equals(xerial) ? [...xerialBlocks(bytes)] : [bytes];
  if (blocks.reduce((sum, block) => sum + snappyLength(block), 0) > longestBatch) throw tooLong();
  const pieces: Buffer[] = [];
  for (const block of blocks) {
    const piece = await uncompress(block, { asBuffer: true });
    pieces.push(Buffer.from(piece));
  }
  return Buffer.concat(pieces);
};

function* xerialBlocks(bytes: Buffer): Generator<Buffer> {
  let blocks = 0;
  for (let at = xerialHeader; at < bytes.length; ) {
    const from = at + 4;
    const to = from <= bytes.length ? from + bytes.readInt32BE(at) : -1;
    if (to < from || to > bytes.length) throw new MalformedBytes('a snappy block leads beyond the end');
    if (++blocks > mostBlocks) throw new MalformedBytes(`it has more than ${mostBlocks} snappy blocks`);
    yield bytes.subarray(from, to);
    at = to;
  }
}

/** Raw snappy begins with the length that it will have. */
const snappyLength = (block: Buffer): number => {
  let length = 0;
  for (let index = 0; index < 5; index++) {
    const byte = block[index];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length;
  }
  throw new MalformedBytes('a snappy block has no length');
};

const lz4 = async (bytes: Buffer): Promise<Buffer> => {
  if (lz4Length(bytes) > longestBatch) throw tooLong();
  return decompressFrame(bytes);
};

/** What an LZ4 frame can become at most: it says how long its blocks can be, and each of them but the last is as long as that. */
const lz4Length = (frame: Buffer): number => {
  const [flags, descriptor] = [frame[4], frame[5]];
  if (flags === undefined || descriptor === undefined) throw new MalformedBytes('an LZ4 frame has no header');
  const longestBlock = 2 ** (8 + 2 * ((descriptor >> 4) & 7));
  const [hasBlockChecksums, hasLength, hasDictionary] = [flags & 0x10, flags & 0x08, flags & 0x01];
  let length = 0;
  for (let at = 7 + (hasLength ? 8 : 0) + (hasDictionary ? 4 : 0); at + 4 <= frame.length; ) {
    const size = frame.readUInt32LE(at);
    if (size === 0) break;
    const isPlain = size >= 2 ** 31;
    const stored = size % 2 ** 31;
    length += isPlain ? stored : longestBlock;
    at += 4 + stored + (hasBlockChecksums ? 4 : 0);
  }
  return length;
};
