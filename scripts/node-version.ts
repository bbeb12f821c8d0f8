/** Exits with an error if Node is older than `engines.node` in package.json. */
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  engines: { node: string };
};
const required = engines.node.replace('>=', '').split('.').map(Number);
const running = process.versions.node.split('.').map(Number);
const [major = 0, minor = 0] = running;
const [requiredMajor = 0, requiredMinor = 0] = required;
if (major < requiredMajor || (major === requiredMajor && minor < requiredMinor)) {
  console.error(`Push Resend needs Node ${engines.node}, but this is ${process.versions.node} (${process.execPath}).`);
  process.exit(1);
}
