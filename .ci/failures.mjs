// Names the tests of a vitest JSON report that failed, each with its file and the first lines of its cause: `failures.mjs REPORT DATABASE`.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [report, database] = process.argv.slice(2);
const linesOfCause = 8;

for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
  const failed = file.assertionResults.filter(({ status }) => status === 'failed');
  // A file that could not be loaded has no tests, only a message.
  const causes =
    failed.length === 0 && file.status === 'failed'
      ? [{ fullName: 'could not be loaded', failureMessages: [file.message] }]
      : failed;
  for (const { fullName, failureMessages } of causes) {
    const cause = failureMessages.join('\n').split('\n').slice(0, linesOfCause).join('\n    ');
    process.stdout.write(`FAILED on ${database}: ${relative(process.cwd(), file.name)}: ${fullName}\n    ${cause}\n`);
  }
}
