import type { WriteStream } from 'node:tty';

/** Several things that go on at once, each with a word on how far it is. */
export type Progress = {
  update(name: string, state: string): void;
  done(name: string, state: string): void;
};

const plainEveryMs = 5000;

/** On a terminal one line that is rewritten; elsewhere a plain line now and then. */
export const createProgress = (log: (line: string) => void, out: WriteStream = process.stdout): Progress => {
  const states = new Map<string, string>();
  const lastPlain = new Map<string, number>();

  const draw = () => {
    const line = [...states].map(([name, state]) => `${name}: ${state}`).join(' | ');
    out.write(`\r\x1b[2K${line.slice(0, (out.columns ?? 100) - 1)}`);
  };

  return {
    update(name, state) {
      states.set(name, state);
      if (out.isTTY) return draw();
      const now = Date.now();
      if (now - (lastPlain.get(name) ?? 0) < plainEveryMs) return;
      lastPlain.set(name, now);
      log(`${name}: ${state}`);
    },
    done(name, state) {
      states.delete(name);
      if (out.isTTY) out.write('\r\x1b[2K');
      log(`${name}: ${state}`);
      if (out.isTTY && states.size > 0) draw();
    },
  };
};
