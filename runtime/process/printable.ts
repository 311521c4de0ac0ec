/**
 * What may not reach a terminal: it would move the cursor, change colours, forge lines, or turn the direction of what follows. C0, DEL, C1, the
 * marks and overrides of bidirectional text, and the two separators that count as line ends.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

const codeOf = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Text with what may not reach a terminal written out, such as `\u001b`, so that it can be seen and does nothing. JSON stays JSON, and says the
 * same: inside its strings this is how such characters are written, and outside there are none but line ends.
 * @param keep characters that stay as they are
 */
export const printable = (text: string, keep = ''): string =>
  text.replace(unprintable, (character) => (keep.includes(character) ? character : codeOf(character)));
