import { execFile } from 'node:child_process';
import { delimiter, resolve } from 'node:path';

const bin = resolve(import.meta.dirname, '../../node_modules/.bin');
const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };

/**
 * Runs a command of `node_modules/.bin`, or one on PATH. @returns its standard output
 *
 * @throws Error with everything that the command printed, when it fails
 */
export function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolved, rejected) => {
    execFile(command, [...args], { cwd, env, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) rejected(new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${stdout}${stderr}`));
      else resolved(stdout);
    });
  });
}
