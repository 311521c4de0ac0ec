import type { IncomingMessage, ServerResponse } from 'node:http';
import { metrics } from './metrics.ts';

const plainType = 'text/plain; version=0.0.4; charset=utf-8';

/** Answers `/metrics`: as OpenMetrics, with exemplars, to who asks for that, as Prometheus does; as plain text to others. */
export const showMetrics = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  try {
    const text = await metrics.metrics();
    const isOpen = request.headers.accept?.includes('application/openmetrics-text') ?? false;
    response.writeHead(200, { 'content-type': isOpen ? metrics.contentType : plainType, vary: 'accept' });
    response.end(isOpen ? text : toPlainText(text));
  } catch {
    response.writeHead(503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: 'a metric cannot be read now' }));
  }
};

/** OpenMetrics as the older text format, which calls a counter by its whole name, has no exemplars and no end. */
export const toPlainText = (openMetrics: string): string => {
  const counters = new Set([...openMetrics.matchAll(/^# TYPE (\S+) counter$/gm)].map(([, name]) => name));
  return openMetrics
    .replace(/^# EOF\n/m, '')
    .replace(/^# (HELP|TYPE) (\S+)/gm, (line, _, name) => (counters.has(name) ? `${line}_total` : line))
    .replace(/ # \{.*$/gm, '');
};
