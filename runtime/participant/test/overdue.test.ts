import { answerInTime, callDeadline, Overdue } from '@quadrille/process/deadline';
import { expect, it } from 'vitest';
import { leaveOutOverdue } from '../overdue.ts';

it('R52: what nobody waits for is not begun, and the others have their own results', async () => {
  const begun: string[] = [];
  const run = leaveOutOverdue<string, string>(
    async (items) => {
      begun.push(...items);
      return items.map((item) => `of ${item}`);
    },
    (error) => error.name,
  );
  const deadline = answerInTime('0', callDeadline);
  const results = await run([
    { item: 'a', deadline: undefined },
    { item: 'b', deadline },
    { item: 'c', deadline: answerInTime('60000', callDeadline) },
  ]);
  expect(results).toEqual(['of a', new Overdue().name, 'of c']);
  expect(begun).toEqual(['a', 'c']);
});

it.each([undefined, 'soon', '-1', '1e9'])('takes %s for no deadline', (header) => {
  expect(answerInTime(header, callDeadline)).toBeUndefined();
});
