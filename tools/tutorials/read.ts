import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '@quadrille/stack/root';

/** A block of a tutorial that its reader acts on. `place`: where it stands, for messages. */
export type Step = { readonly place: string } & (
  | { readonly kind: 'run'; readonly command: string; readonly shown: string | null }
  | { readonly kind: 'start'; readonly command: string }
  | { readonly kind: 'write'; readonly file: string; readonly content: string }
  | { readonly kind: 'edit'; readonly file: string; readonly before: string; readonly after: string }
);

type Block = {
  readonly place: string;
  /** The last line of text before it. */
  readonly said: string;
  readonly language: string;
  readonly note: string;
  readonly lines: readonly string[];
};

export const tutorialFile = (name: string): string => `docs/tutorials/${name}.md`;

const blocksOf = (file: string, text: string): readonly Block[] => {
  const blocks: Block[] = [];
  let open: (Block & { lines: string[] }) | undefined;
  let said = '';
  for (const [index, line] of text.split('\n').entries()) {
    const [, language = '', note = ''] = /^```([\w-]*) ?(.*)$/.exec(line) ?? [];
    if (open && line === '```') {
      blocks.push(open);
      open = undefined;
    } else if (open) open.lines.push(line);
    else if (line.startsWith('```')) open = { place: `${file}:${index + 1}`, said, language, note, lines: [] };
    else if (line !== '') said = line;
  }
  if (open) throw new Error(`${open.place}: this block has no end.`);
  return blocks;
};

const sideOf = (lines: readonly string[], sign: '-' | '+'): string =>
  lines
    .filter((line) => line === '' || line.startsWith(' ') || line.startsWith(sign))
    .map((line) => `${line.slice(1)}\n`)
    .join('');

const stepOf = ({ place, said, language, note, lines }: Block, next: Block | undefined): Step => {
  const content = `${lines.join('\n')}\n`;
  if (language === 'sh') {
    const shown = next?.language === 'text' ? next.lines.join('\n') : null;
    return note === 'background'
      ? { place, kind: 'start', command: content }
      : { place, kind: 'run', command: content, shown };
  }
  if (note === '') throw new Error(`${place}: say which file this block is, as in \`\`\`ts services/stock/rules.ts`);
  // Readers see the text, not the head of the block.
  if (!said.includes(`\`${note}\``)) throw new Error(`${place}: name ${note} in the line of text above this block.`);
  return language === 'diff'
    ? { place, kind: 'edit', file: note, before: sideOf(lines, '-'), after: sideOf(lines, '+') }
    : { place, kind: 'write', file: note, content };
};

/** The steps of a tutorial's text. `text` blocks are what the command before them prints; diagrams are for people. */
export const readSteps = (file: string, text: string): readonly Step[] => {
  const blocks = blocksOf(file, text).filter(({ language }) => language !== 'mermaid');
  return blocks.flatMap((block, index) => {
    if (block.language !== 'text') return stepOf(block, blocks[index + 1]);
    if (blocks[index - 1]?.language !== 'sh') throw new Error(`${block.place}: no command stands before this output.`);
    return [];
  });
};

export const readTutorial = (name: string): readonly Step[] =>
  readSteps(tutorialFile(name), readFileSync(join(root, tutorialFile(name)), 'utf8'));
