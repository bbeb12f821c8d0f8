/** The end of the process, without a process: signals arrive by a call, and the exit is recorded. */
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Drain } from '@nest/lifecycle/drain.js';
import { endGracefully } from '../../apps/resend/src/ops/graceful-end.js';

let signal: () => void;
const exit = vi.fn<(code?: number) => void>();
const steps: string[] = [];
beforeEach(() => {
  steps.length = 0;
  exit.mockReset();
  vi.spyOn(process, 'exit').mockImplementation(((code?: number) => {
    if (exit.mock.calls.length === 0) exit(code);
  }) as typeof process.exit);
  vi.spyOn(process, 'on').mockImplementation(function (this: typeof process, name, listener) {
    if (name === 'SIGTERM') signal = listener as () => void;
    return this;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

function told(running: number, close: () => Promise<void>): void {
  const drain = new Drain();
  for (let begun = 0; begun < running; begun += 1) drain.begin();
  endGracefully({ drain, log: pino({ level: 'silent' }), graceMs: 10, close });
  signal();
}

async function closes(): Promise<void> {
  steps.push('closing');
  await Promise.resolve();
  steps.push('closed');
}

test.each([
  ['everything is answered: it ends with 0', 0, 0],
  ['the grace period is over: it ends with 1', 1, 1],
])('it closes, so that nothing is lost that is on its way. %s', async (_, running, code) => {
  told(running, closes);
  await vi.waitFor(() => expect(exit).toHaveBeenCalledWith(code));
  expect(steps).toEqual(['closing', 'closed']);
});

test.each([
  ['everything is answered', 0],
  ['the grace period is over', 1],
])('%s, and closing hangs: it ends with 1 all the same', async (_, running) => {
  told(running, () => new Promise(() => {}));
  await vi.waitFor(() => expect(exit).toHaveBeenCalledWith(1), { timeout: 15_000 });
});
