import { describe, expect, it } from 'vitest';
import { createDownloadReader, mavenError } from '../maven.ts';

describe('what Maven prints', () => {
  it('becomes the number of files and how far the current one is', () => {
    const read = createDownloadReader();
    expect(read('Downloading from central: https://x/a.pom\n')).toBe('0 files');
    expect(read('Downloaded from central: https://x/a.pom (3 kB at 9 kB/s)\n')).toBe('1 files');
    expect(read('Progress (1): 4.1/149 MB\rProgress (1): 8.2/149 MB\r')).toBe('1 files, now 8.2/149 MB');
    expect(read('Downloaded from central: https://x/b.jar\nDownloaded from central: https://x/c.jar\n')).toBe(
      '3 files',
    );
  });

  it.each([
    [
      '[ERROR] Could not transfer artifact x from central: repo.maven.apache.org: Name or service not known',
      'check the network',
    ],
    ['[ERROR] /cache/x.jar (No space left on device)', 'make room'],
    ['[ERROR] Could not find artifact x:y:jar:1', 'Could not find artifact x:y:jar:1'],
  ])('says what to do: %s', (output, advice) => {
    expect(mavenError('Kafka', output).message).toContain(advice);
  });
});
