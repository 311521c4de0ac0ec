import { isUnavailable } from '@quadrille/db/errors';
import { HttpError } from '@quadrille/process/problem';
import { NoAnswer, within } from '@quadrille/process/within';
import { forEachService } from '@quadrille/services';

/** Something that pages ask: a database, or Kafka. */
export type Source = {
  readonly name: string;
  /** What work gives. @throws SourceAway when there is no answer in time */
  readonly ask: <Answer>(work: () => Promise<Answer>) => Promise<Answer>;
};

export class SourceAway extends HttpError {}

/** How long a source has for its answer (ms). */
const patience = 5_000;

/**
 * A source with a deadline. After a missed one a single question at a time goes through, until there is an answer again; the others learn at
 * once that it does not answer, so that questions do not pile up.
 */
export const createSource = (name: string, ms = patience): Source => {
  let isAway = false;
  let isProbed = false;
  const away = (cause?: unknown) =>
    Object.assign(new SourceAway(503, `${name} does not answer. Try again in some seconds.`), { cause });
  return {
    name,
    ask: async (work) => {
      if (isAway && isProbed) throw away();
      const isProbe = isAway;
      if (isProbe) isProbed = true;
      try {
        const answer = await within(ms, work());
        isAway = false;
        return answer;
      } catch (error) {
        if (!isNoAnswer(error)) {
          isAway = false;
          throw error;
        }
        isAway = true;
        throw away(error);
      } finally {
        if (isProbe) isProbed = false;
      }
    },
  };
};

const isNoAnswer = (error: unknown): boolean =>
  error instanceof NoAnswer || isUnavailable(error) || (error instanceof Error && error.name.startsWith('KafkaJS'));

/** What a source answers; null: it does not. For pages that have more to show. */
export const answerOf = <Answer>(source: Source, work: () => Promise<Answer>): Promise<Answer | null> =>
  unlessAway(() => source.ask(work));

/** What work gives that asks a source; null: the source does not answer. */
export const unlessAway = async <Answer>(work: () => Promise<Answer>): Promise<Answer | null> => {
  try {
    return await work();
  } catch (error) {
    if (error instanceof SourceAway) return null;
    throw error;
  }
};

/** All that pages ask. */
export const createSources = () => ({
  readModel: createSource('The database of the console'),
  auditLog: createSource('The database of the audit log'),
  kafka: createSource('Kafka'),
  ...forEachService((service) => createSource(`The database of ${service}`)),
  /** All of theirs at once, for what a page can do without. */
  services: createSource('A database of the services', 2_000),
});
export type Sources = ReturnType<typeof createSources>;

/** @throws SourceAway when all of them are away, so that there is nothing to show */
export const refuseIfAll = (away: readonly Source[], asked: readonly Source[]): void => {
  if (asked.length > 0 && away.length === asked.length)
    throw new SourceAway(503, `${namesOf(away)}. Try again in some seconds.`);
};

export const namesOf = (away: readonly Source[]): string =>
  away.map(({ name }, index) => `${index === 0 ? name : name.replace(/^The/, 'the')}`).join(' and ') +
  (away.length === 1 ? ' does not answer' : ' do not answer');
