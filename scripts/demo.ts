/** `npm run demo`: a fresh line to paste, against the pair that `npm start` runs. */
import { demoCurl } from './demo-curl.ts';

try {
  console.log(await demoCurl());
} catch (error) {
  console.error('The demo needs the pair that `npm start` runs, in another terminal.');
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
