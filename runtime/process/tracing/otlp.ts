import { randomUUID } from 'node:crypto';
import type { SpanContext } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import { spanId, traceId } from '@quadrille/contracts/trace';
import type { Log } from '../log.ts';
import type { Recorder, Span } from './recorder.ts';

/*
 * The only file that imports OpenTelemetry, and it is imported only where traces are exported. What it exports has ids already: those of
 * stored events, which never change. So the SDK does not draw any.
 */

/** A batch of 1,000 events has a link to each. */
const mostLinks = 1_000;
/** A text that is longer says nothing more to a person. */
const longestText = 2_000;

/**
 * Exports spans in batches, from a queue with a limit: when the collector is away or slow, spans are lost, and nothing else.
 * @param endpoint the base: `/v1/traces` is added
 */
export const startExport = async (
  service: string,
  endpoint: string,
  log: Pick<Log, 'warn' | 'info'>,
): Promise<{ readonly record: Recorder; readonly stop: () => Promise<void> }> => {
  // A bundle would load them at the start of every process, if this file imported them as others do.
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = await import('@opentelemetry/api');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-proto');
  const { detectResources, envDetector, resourceFromAttributes } = await import('@opentelemetry/resources');
  const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const ids = { trace: '', span: '' };
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/+$/, '')}/v1/traces` });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.namespace': 'quadrille',
      'service.name': service,
      'service.instance.id': randomUUID(),
    }).merge(detectResources({ detectors: [envDetector] })),
    idGenerator: { generateTraceId: () => ids.trace, generateSpanId: () => ids.span },
    spanLimits: { linkCountLimit: mostLinks, attributeValueLengthLimit: longestText },
    spanProcessors: [new BatchSpanProcessor({ exporter: reportTrouble(exporter, log), scheduledDelayMillis: 1_000 })],
  });
  const tracer = provider.getTracer('quadrille');

  const record = ({ name, kind, traceparent, parent, from, to, links, attributes, error }: Span): void => {
    ids.trace = traceId(traceparent);
    ids.span = spanId(traceparent);
    const span = tracer.startSpan(
      name,
      {
        kind: SpanKind[upper(kind)],
        startTime: from,
        attributes: { ...attributes },
        links: links.map((link) => ({ context: contextOf(link) })),
      },
      parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, contextOf(parent)),
    );
    if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error.slice(0, longestText) });
    span.end(to);
  };
  return { record, stop: () => provider.shutdown() };
};

const upper = <Text extends string>(text: Text) => text.toUpperCase() as Uppercase<Text>;

const contextOf = (traceparent: string): SpanContext => ({
  traceId: traceId(traceparent),
  spanId: spanId(traceparent),
  // sampled
  traceFlags: 1,
  isRemote: true,
});

/** One line when the collector begins to be away, and one when it is back. */
const reportTrouble = (exporter: SpanExporter, log: Pick<Log, 'warn' | 'info'>): SpanExporter => {
  let isAway = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        // 0: success
        const failed = result.code !== 0;
        if (failed && !isAway)
          log.warn(
            { err: result.error },
            'the collector takes no traces: spans are lost until it does, and nothing else',
          );
        if (!failed && isAway) log.info('the collector takes traces again');
        isAway = failed;
        done(result);
      }),
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
};
