import { type ChildProcess, execFile, spawn } from 'node:child_process';

/** A program that was started, and all that it has printed. */
export interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  /** Resolves with the first match in the output, or rejects with the output when the program ends before. */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** How it ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Sends SIGTERM and waits for the end. */
  readonly stop: () => Running['ended'];
}

/** Starts a program with exactly this environment. */
export function start(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Running {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const ended: Running['ended'] = new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const printed: Running['printed'] = (pattern) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(output);
        if (match) resolve(match);
      };
      child.stdout.on('data', look);
      look();
      void ended.then(() => reject(new Error(`${program} ${args.join(' ')} ended:\n${output}`)));
    });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return {
    child,
    output: () => output,
    printed,
    ended,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Runs a program to its end. @throws Error with everything that it printed, when it fails */
export function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { cwd, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${program} ${args.join(' ')} failed in ${cwd}:\n${stdout}${stderr}`));
      else resolve(stdout);
    });
  });
}
