import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exampleFiles, type FollowedTutorial, followTutorial, tutorialTimeout } from './support/tutorial.ts';

describe('docs/tutorials/user.md, followed line by line', () => {
  let followed: FollowedTutorial;
  beforeAll(async () => {
    followed = await followTutorial('user');
  }, tutorialTimeout);
  afterAll(() => followed?.stop());

  it('makes the files of examples/user', async () => {
    expect(await followed.outcome()).toEqual(exampleFiles('user'));
  });

  it('passes the checks of the repository', { timeout: 300_000 }, () => {
    expect(followed.findings()).toEqual([]);
  });
});
