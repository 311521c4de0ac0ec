// node gateway/api-key.ts NAME ROLE: makes an API key. The key goes to stderr, its line for GATEWAY_API_KEYS to stdout.
import { hashKey, makeKey, parseApiKeys } from './login/api-keys.ts';

const [name, role, ...more] = process.argv.slice(2);
if (!name || !role || more.length > 0) {
  process.stderr.write('Usage: node gateway/api-key.ts NAME customer|staff|operator\n');
  process.exit(2);
}
const key = makeKey();
const line = `${name}:${role}:${hashKey(key)}`;
try {
  parseApiKeys(line);
} catch {
  process.stderr.write(
    'A name is letters, digits and . @ _ -, that of a customer the number of the user; the role is customer, staff or operator.\n',
  );
  process.exit(2);
}
process.stderr.write(`The key, which is shown this once: ${key}\n`);
process.stdout.write(`${line}\n`);
