import { createInterface } from 'node:readline/promises';
import { messageOf } from '@quadrille/process/errors';
import { services } from '@quadrille/services';
import { checkServiceName } from './names.ts';
import {
  type AnnouncerOptions,
  checkAnnouncer,
  checkService,
  possibleTriggers,
  type ServiceOptions,
} from './options.ts';

/** Asks on the terminal what the options would say; a wrong answer is explained and asked again. */
export const askForService = async (): Promise<ServiceOptions | AnnouncerOptions> => {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ask = async <Answer>(question: string, read: (answer: string) => Answer): Promise<Answer> => {
    for (;;)
      try {
        return read((await terminal.question(`${question} `)).trim());
      } catch (error) {
        if ((error as Error).name === 'AbortError') throw error;
        console.log(messageOf(error));
      }
  };
  try {
    const name = await ask('Name of the service (one word, such as logistics)?', (answer) =>
      checkServiceName(answer, services),
    );
    const blank: ServiceOptions = { name, subscribes: [], publishes: null, rejects: null, undoes: null, http: false };
    const subscribes = await ask(
      `Which events does it wait for, with commas between them (empty: none, it tells of things that are no orders)?\n  ${possibleTriggers().join(', ')}\n>`,
      (answer) =>
        answer === '' ? [] : checkService({ ...blank, subscribes: answer.split(/[\s,]+/).filter(Boolean) }).subscribes,
    );
    if (subscribes.length === 0)
      return await ask('Which event tells that something is new (such as parcel-priced)?', (announces) =>
        checkAnnouncer({ name, announces }),
      );
    const optional = (question: string, key: 'publishes' | 'rejects' | 'undoes', before: ServiceOptions) =>
      ask(question, (answer) => checkService({ ...before, [key]: answer || null }));
    const withStep = await optional('Which event tells of its step (such as parcel-sent; empty: none)?', 'publishes', {
      ...blank,
      subscribes,
    });
    if (!withStep.publishes) return { ...withStep, http: await ask('Does it answer HTTP calls (y/n)?', isYes) };
    const withRejection = await optional(
      'Which event says that the order cannot be (empty: it never refuses)?',
      'rejects',
      withStep,
    );
    const complete = await optional(
      'Which event says that its step is undone (empty: there is nothing to undo)?',
      'undoes',
      withRejection,
    );
    return { ...complete, http: await ask('Does it answer HTTP calls (y/n)?', isYes) };
  } finally {
    terminal.close();
  }
};

const isYes = (answer: string): boolean => /^y(es)?$/i.test(answer);
