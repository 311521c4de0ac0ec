import { isSampled, nextSpan } from '@quadrille/contracts/trace';

/*
 * The spans of this process. Nothing here needs OpenTelemetry, whose packages are loaded only where traces are exported: everywhere else
 * these functions look at a variable and are done.
 */

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** Named by the semantic conventions of OpenTelemetry, or `quadrille.*`. Neither personal data nor secrets. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** A span that has begun. `traceparent`: its own place in its trace. */
export type Begun = {
  readonly traceparent: string;
  /** The span above it; null: it is the first of its trace. */
  readonly parent: string | null;
  /** ms of the epoch */
  readonly from: number;
  /** Spans of other traces that it has to do with. */
  readonly links: readonly string[];
};

/** What is known of a span at its end. */
export type Told = {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  /** Why it failed; absent: it did not. */
  readonly error?: string | undefined;
};

export type Span = Begun & Told & { readonly to: number };

/** Takes spans that are over. It neither waits nor throws. */
export type Recorder = (span: Span) => void;

let recorder: Recorder | null = null;
let sampling = 0;

/** From now on spans are recorded by it; null: no more. @param share of the traces that begin here */
export const recordBy = (next: Recorder | null, share = 0): void => {
  recorder = next;
  sampling = share;
};

/** Whether spans of this trace are recorded here. */
export const isRecorded = (traceparent: string): boolean => recorder !== null && isSampled(traceparent);

/** Draws whether a trace that begins here is recorded. */
export const samplesNew = (): boolean => recorder !== null && Math.random() < sampling;

/** Begins a span below another one. @returns null when its trace is not recorded */
export const beginBelow = (parent: string, links: readonly string[] = []): Begun | null =>
  isRecorded(parent) ? { traceparent: nextSpan(parent), parent, from: Date.now(), links } : null;

/** Begins a trace. @returns null when it is not drawn */
export const beginTrace = (): Begun | null => (samplesNew() ? beginSampled() : null);

/** Begins a trace for work that concerns several others. */
export const beginSampled = (links: readonly string[] = [], from: number = Date.now()): Begun => ({
  traceparent: nextSpan(undefined, () => true),
  parent: null,
  from,
  links,
});

/** Ends a span, which is recorded by that. */
export const end = (span: Begun, told: Told): void => recorder?.({ ...span, ...told, to: Date.now() });
