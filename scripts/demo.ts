/** `npm run demo`: prints a new curl line for the service and simulator that `npm start` runs. */
import { demoCurl } from './demo-curl.ts';

try {
  console.log(await demoCurl());
} catch (error) {
  console.error('The demo needs `npm start` running in another terminal.');
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
