const markup = Symbol('markup');

/** HTML that may stand in a page as it is. Only `html` and `raw` make it; everything else in a page is text. */
export type Markup = { readonly [markup]: string };

/** What may stand in a template. Nothing and false leave no trace. */
export type Value = Markup | string | number | null | undefined | false | readonly Value[];

/** A piece of a page; values become text, whatever is in them, also within quoted attributes. */
export const html = (strings: TemplateStringsArray, ...values: readonly Value[]): Markup => {
  let text = strings[0] ?? '';
  for (const [index, value] of values.entries()) text += render(value) + strings[index + 1];
  return { [markup]: text };
};

const render = (value: Value): string => {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  return isList(value) ? value.map(render).join('') : value[markup];
};

const isList = (value: Markup | readonly Value[]): value is readonly Value[] => Array.isArray(value);

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escapeText = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character] ?? '');

/** Markup of our own that is not made by `html`, such as a file. Never for what comes from outside. */
export const raw = (text: string): Markup => ({ [markup]: text });

export const toText = (page: Markup): string => page[markup];
