import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@quadrille/stack/root';

type Page = { readonly text: string; readonly file: string };
type Section = { readonly text: string; readonly pages: readonly Page[]; readonly collapsed?: true };

/** The decisions, as their own list names them. */
const decisions = (): Page[] =>
  [...readFileSync(join(root, 'docs/adr/README.md'), 'utf8').matchAll(/^- \[(.+)\]\((\d{4}-.+\.md)\)$/gm)].map(
    ([, text = '', name = '']) => ({ text, file: `docs/adr/${name}` }),
  );

/** All pages of the website, in the order in which to read them. */
export const sections: readonly Section[] = [
  {
    text: 'Begin',
    pages: [
      { text: 'Quadrille', file: 'README.md' },
      { text: 'Try it', file: 'docs/try-it.md' },
      { text: 'How to think in choreography', file: 'docs/choreography.md' },
      { text: 'Glossary', file: 'docs/glossary.md' },
    ],
  },
  {
    text: 'Change it',
    pages: [
      { text: 'Tutorials', file: 'docs/tutorials/README.md' },
      { text: 'A service that joins: logistics', file: 'docs/tutorials/logistics.md' },
      { text: 'A catalogue: product', file: 'docs/tutorials/product.md' },
      { text: 'Users, and how a system forgets one: user', file: 'docs/tutorials/user.md' },
      { text: 'Architecture', file: 'docs/architecture.md' },
      { text: 'Services and events', file: 'docs/services.md' },
      { text: 'The score', file: 'docs/score.md' },
      { text: 'Contracts of events', file: 'docs/contracts.md' },
      { text: 'Contributing', file: 'CONTRIBUTING.md' },
      { text: 'The client', file: 'client/README.md' },
    ],
  },
  {
    text: 'Run it',
    pages: [
      { text: 'Deployment', file: 'docs/deployment.md' },
      { text: 'Security', file: 'docs/security.md' },
      { text: 'Settings', file: 'docs/settings.md' },
      { text: 'Switches of sponge', file: 'docs/sponge-parity.md' },
      { text: 'Operations', file: 'docs/operations.md' },
      { text: 'Observability', file: 'docs/observability.md' },
      { text: 'Runbook', file: 'docs/runbook.md' },
      { text: 'Traces', file: 'docs/tracing.md' },
      { text: 'Changelog', file: 'CHANGELOG.md' },
    ],
  },
  {
    text: 'Evidence',
    pages: [
      { text: 'Known failures', file: 'docs/reliability.md' },
      { text: 'Simulation', file: 'docs/simulation.md' },
      { text: 'Chaos', file: 'docs/chaos.md' },
      { text: 'Benchmarks', file: 'docs/benchmarks.md' },
    ],
  },
  {
    text: 'Decisions',
    pages: [{ text: 'All decisions', file: 'docs/adr/README.md' }, ...decisions()],
    collapsed: true,
  },
];

export const pages: readonly string[] = sections.flatMap((section) => section.pages.map(({ file }) => file));

/** Where a page is on the website: where it is in the repository, and README.md is the index of its folder. */
export const addressOf = (file: string): string => `/${file.replace(/(^|\/)README\.md$/, '$1').replace(/\.md$/, '')}`;
