import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readMessage } from './protobuf.ts';

/** A span as a collector receives it. */
export type ReceivedSpan = {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: the first of its trace. */
  readonly parentId: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** `trace id/span id` of each. */
  readonly links: readonly string[];
  readonly failed: boolean;
};

export type Collector = {
  readonly endpoint: string;
  readonly spans: readonly ReceivedSpan[];
  readonly close: () => Promise<void>;
};

/** Takes traces as an OpenTelemetry collector does: OTLP over HTTP, as protobuf. @param port 0: any */
export const startCollector = async (port = 0): Promise<Collector> => {
  const spans: ReceivedSpan[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    if (request.url === '/v1/traces') spans.push(...spansIn(body));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** By opentelemetry/proto/trace/v1/trace.proto. */
const spansIn = (request: Buffer): ReceivedSpan[] =>
  readMessage(request)
    .messages(1)
    .flatMap((ofResource) => {
      const service = attributesOf(ofResource.messages(1)[0]?.messages(1) ?? [])['service.name'] ?? '';
      const spans = ofResource.messages(2).flatMap((scope) => scope.messages(2));
      return spans.map((span) => ({
        service,
        name: span.text(5),
        traceId: span.hex(1),
        spanId: span.hex(2),
        parentId: span.hex(4),
        attributes: attributesOf(span.messages(9)),
        links: span.messages(13).map((link) => `${link.hex(1)}/${link.hex(2)}`),
        failed: span.messages(15)[0]?.number(3) === 2,
      }));
    });

const attributesOf = (pairs: readonly ReturnType<typeof readMessage>[]): Record<string, string> =>
  Object.fromEntries(
    pairs.map((pair) => {
      const [value] = pair.messages(2);
      return [pair.text(1), value?.text(1) || String(value?.number(3) ?? '')];
    }),
  );
