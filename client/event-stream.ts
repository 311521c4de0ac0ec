export type ServerSentEvent = { readonly id: string; readonly data: string };

/** The API says something every 15 s; a connection that is silent for longer has been cut without a word. */
const longestSilence = 45_000;

/**
 * The events of a `text/event-stream`. Ends when the stream does; leaving the loop closes it.
 * @throws when the stream breaks or falls silent
 */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const reader = body.getReader();
  const utf8 = new TextDecoder();
  let text = '';
  try {
    for (;;) {
      const { done, value } = await inTime(reader);
      if (done) return;
      text += utf8.decode(value, { stream: true });
      const blocks = text.split(/\r?\n\r?\n/);
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const event = readEvent(block);
        if (event) yield event;
      }
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

const inTime = async (reader: ReadableStreamDefaultReader<Uint8Array>) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The stream has fallen silent.')), longestSilence);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } finally {
    clearTimeout(timer);
  }
};

/** undefined: a comment, or anything else without data. */
const readEvent = (block: string): ServerSentEvent | undefined => {
  let id = '';
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'id') id = value;
    if (field === 'data') data.push(value);
  }
  return data.length > 0 ? { id, data: data.join('\n') } : undefined;
};
