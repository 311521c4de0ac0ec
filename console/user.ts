// node console/user.ts NAME ROLE: reads a password from stdin and prints the line for CONSOLE_USERS.
import { hashPassword, parseUsers } from './web/users.ts';

const [name, role] = process.argv.slice(2);
if (!name || !role) {
  process.stderr.write('Usage: node console/user.ts NAME reader|operator, with the password on stdin\n');
  process.exit(2);
}
if (process.stdin.isTTY) process.stderr.write('Password: ');
let text = '';
for await (const piece of process.stdin) {
  text += piece;
  if (text.includes('\n')) break;
}
const password = text.split('\n')[0]?.replace(/\r$/, '') ?? '';
if (password.length < 12) {
  process.stderr.write('A password has 12 characters or more.\n');
  process.exit(2);
}
const line = `${name}:${role}:${await hashPassword(password)}`;
try {
  parseUsers(line);
} catch {
  process.stderr.write('A name is letters, digits and . @ _ -, and the role is reader or operator.\n');
  process.exit(2);
}
process.stdout.write(`${line}\n`);
process.exit(0);
