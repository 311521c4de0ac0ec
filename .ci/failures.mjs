// Reads a report of vitest (JSON). `failures.mjs files REPORT` prints the files in which something failed; `failures.mjs WORDS REPORT` prints, behind
// these words, each test that failed, with its file and the first lines of its cause.
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [what, report] = process.argv.slice(2);
const linesOfCause = 8;
const print = (line) => process.stdout.write(`${line}\n`);

for (const { name, status, message, assertionResults } of JSON.parse(readFileSync(report, 'utf8')).testResults) {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  const file = relative(process.cwd(), name);
  if (failed.length === 0 && status !== 'failed') continue;
  if (what === 'files') {
    print(file);
    continue;
  }
  // A file that could not be loaded has no tests, only a message.
  const causes = failed.length > 0 ? failed : [{ fullName: 'could not be loaded', failureMessages: [message] }];
  for (const { fullName, failureMessages } of causes) {
    const cause = failureMessages.join('\n').split('\n').slice(0, linesOfCause).join('\n    ');
    print(`${what}: ${file}: ${fullName}\n    ${cause}`);
  }
}
