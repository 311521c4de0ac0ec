export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export const code = (text: string): string => `\`${text}\``;

/** A Markdown text with a block between `<!-- generated: NAME -->` and its end written anew. */
export const withBlock = (text: string, name: string, content: string): string =>
  text.replace(
    new RegExp(`(<!-- generated: ${name} -->)[\\s\\S]*?(<!-- /generated: ${name} -->)`),
    (_, start: string, end: string) => `${start}\n\n${content}\n\n${end}`,
  );
