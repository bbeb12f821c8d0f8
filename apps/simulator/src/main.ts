#!/usr/bin/env node
import { readEnvironment } from './environment.js';
import { Simulator } from './simulator.js';

const simulator = new Simulator();
try {
  const { url } = await simulator.start(readEnvironment(process.env));
  process.stdout.write(`Simulator of Twilio Verify Push: ${url} (page), ${url}/_sim (credentials and control)\n`);
} catch (error) {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  const remedy = isTaken ? '; set SIMULATOR_PORT to another port' : '';
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`The simulator could not start: ${message}${remedy}\n`);
  process.exit(1);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void simulator.stop().then(() => process.exit(0));
  });
}
