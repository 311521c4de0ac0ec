import { asyncApi } from '@quadrille/ops/score/async-api';
import { standalone } from '@quadrille/ops/score/drawing';
import type { Score } from '@quadrille/ops/score/score';
import { scoreDoc } from './document.ts';

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** ops/score/generated/decisions.ts */
const decisionsFile = ({ events, decisions }: Score): string => {
  const lines = decisions.map(
    ({ service, received, published }) =>
      `  { service: ${quoted(service)}, received: ${received === null ? 'null' : quoted(received)}, published: [${published.map(quoted).join(', ')}] },`,
  );
  const texts = events.map(({ type, description }) => `  ${quoted(type)}: ${quoted(description)},`);
  return `// Written by \`npm run score\`. Do not edit.

/** What each service decided when it received an event, as simulated runs have seen it. null: a person, the provider or the clock. */
export const decisions = [
${lines.join('\n')}
] as const;

/** What each event says, from the comment above its contract. */
export const descriptions = {
${texts.join('\n')}
};
`;
};

/** The files that follow from the score, by their place in the repository. */
export const scoreFiles = (score: Score): Readonly<Record<string, string>> => ({
  'ops/score/generated/decisions.ts': decisionsFile(score),
  'docs/asyncapi.json': `${JSON.stringify(asyncApi(score), null, 2)}\n`,
  'docs/score.svg': standalone(score),
  'docs/score.md': scoreDoc(score),
});
