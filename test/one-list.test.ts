import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@quadrille/stack/root';
import { describe, expect, it } from 'vitest';

/** Code and scripts: not tests, documents, migrations, or what is generated. */
const isCounted = (file: string): boolean =>
  /\.(ts|mjs|js|sh|json|ya?ml)$/.test(file) &&
  !/(^|\/)(test|migrations|generated|contracts\/schemas|contracts\/released)\/|\.test\.ts$|^client\/openapi\.ts$|^docs\/(asyncapi|quadrille\.schema)\.json$|^package-lock\.json$|^docker-compose\.yml$|^deploy\/monitoring\/dashboards\//.test(
    file,
  );

const listing = readFileSync(join(root, 'docs/adr/0016-one-list-of-services.md'), 'utf8');

describe('the names of the services', () => {
  it('stand together in few files, each of which docs/adr/0016 gives a reason', () => {
    const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      encoding: 'utf8',
    })
      .split('\n')
      .filter(isCounted)
      .filter((file) => {
        const text = readFileSync(join(root, file), 'utf8');
        return ['stock', 'coupon', 'pay'].every((name) => new RegExp(`\\b${name}\\b`).test(text));
      });
    const explained = [...listing.matchAll(/^\| `([^`]+)` \|/gm)].map(([, file]) => file);
    expect(files.sort()).toEqual(explained.sort());
    expect(files.length).toBeLessThanOrEqual(5);
  });
});
