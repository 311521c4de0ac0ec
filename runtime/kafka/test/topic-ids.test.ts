import { expect, it } from 'vitest';
import { commitMetadata, topicIdOf } from '../topic-identity.ts';
import { decodeAnswer } from '../topic-ids.ts';

const id = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const text = (value: string) => Buffer.concat([Buffer.from([value.length + 1]), Buffer.from(value)]);
const topic = (name: string, errorCode = 0, itsId = id) =>
  Buffer.concat([
    Buffer.from([0, errorCode]),
    text(name),
    itsId,
    Buffer.from([0]),
    // One partition, with two replicas, one in sync, none offline, and a tagged field of three bytes.
    Buffer.from([2, 0, 0]),
    ...[int32(0), int32(1), int32(7)],
    ...[Buffer.from([3]), int32(1), int32(2), Buffer.from([2]), int32(1), Buffer.from([1])],
    Buffer.from([1, 9, 3, 1, 2, 3]),
    int32(-2_147_483_648),
    Buffer.from([0]),
  ]);
const answer = (...topics: readonly Buffer[]) =>
  Buffer.concat([
    ...[Buffer.from([0]), int32(0)],
    ...[Buffer.from([2]), int32(1), text('127.0.0.1'), int32(9092), Buffer.from([0, 0])],
    ...[text('cluster'), int32(1)],
    Buffer.from([topics.length + 1]),
    ...topics,
    Buffer.from([0]),
  ]);

it('A5: reads the ids of topics that exist, and passes over those that do not, or have none', () => {
  const ids = decodeAnswer(answer(topic('gone', 3), topic('here'), topic('old', 0, Buffer.alloc(16)), topic('there')));
  expect([...ids]).toEqual([
    ['here', id.toString('base64url')],
    ['there', id.toString('base64url')],
  ]);
});

it('A5: an answer that ends too early is an error, and nothing endless', () => {
  const whole = answer(topic('here'));
  for (let length = 0; length < whole.length - 2; length++)
    expect(() => decodeAnswer(whole.subarray(0, length))).toThrow();
});

it.each([null, undefined, '', 'some words of others', 'topic-id', 'topic-id a b'])(
  'A5: an offset committed with %j says nothing about its topic',
  (metadata) => {
    expect(topicIdOf(metadata)).toBeUndefined();
  },
);

it('A5: a topic id that was committed is read again', () => {
  expect(topicIdOf(commitMetadata('AAECAwQFBgcICQoLDA0ODw'))).toBe('AAECAwQFBgcICQoLDA0ODw');
  expect(commitMetadata(undefined)).toBeNull();
});
