// Preloaded into a process (--import): its clock runs as many ms ahead as the file says that CHAOS_CLOCK_FILE names. Only what the time of
// day is: timers go on as they were, as on a machine whose clock is set.
import { readFileSync } from 'node:fs';

const file = process.env.CHAOS_CLOCK_FILE;
const TrueDate = Date;
let offset = 0;

const look = () => {
  try {
    offset = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    offset = 0;
  }
};

if (file) {
  globalThis.Date = class ShiftedDate extends TrueDate {
    constructor(...parts) {
      super(...(parts.length === 0 ? [TrueDate.now() + offset] : parts));
    }
    static now() {
      return TrueDate.now() + offset;
    }
  };
  look();
  setInterval(look, 200).unref();
}
