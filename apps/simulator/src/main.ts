import type { Credentials } from './credentials.js';
import { Simulator } from './simulator.js';

const { env } = process;

/** An empty variable counts as unset. */
function given(name: string): string | undefined {
  return env[name] === '' ? undefined : env[name];
}

function credentials(): { [Name in keyof Credentials]: string | undefined } {
  return {
    accountSid: given('SIMULATOR_ACCOUNT_SID'),
    authToken: given('SIMULATOR_AUTH_TOKEN'),
    apiKeySid: given('SIMULATOR_API_KEY_SID'),
    apiKeySecret: given('SIMULATOR_API_KEY_SECRET'),
    serviceSid: given('SIMULATOR_VERIFY_SERVICE_SID'),
  };
}

function port(): number {
  const text = given('SIMULATOR_PORT') ?? '4010';
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new Error('SIMULATOR_PORT must be from 0 to 65535.');
  return Number(text);
}

const simulator = new Simulator();
try {
  const { url } = await simulator.start({
    port: port(),
    host: given('SIMULATOR_HOST'),
    webhookUrl: given('SIMULATOR_WEBHOOK_URL'),
    serviceUrl: given('SIMULATOR_SERVICE_URL'),
    credentials: credentials(),
  });
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
