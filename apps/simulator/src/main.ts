#!/usr/bin/env node
import { readEnvironment } from './environment.js';
import { Simulator } from './simulator.js';

const simulator = new Simulator();
try {
  const { url } = await simulator.start(readEnvironment(process.env));
  process.stdout.write(`Simulator of Twilio Verify Push: ${url} (page), ${url}/_sim (credentials and control)\n`);
} catch (error) {
  process.stderr.write(`The simulator could not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void simulator.stop().then(() => process.exit(0));
  });
}
