/** `npm start`: builds, runs the service and the simulator, and prints a curl line to try. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { demoCurl } from './demo-curl.ts';
import { demoKeys, internalUrl, ports, serviceUrl, simulatorUrl } from './demo-pair.ts';
import { onNpmGone } from './npm-gone.ts';
import { unusablePorts } from './port-check.ts';

/** An empty variable counts as unset. */
const given = Object.fromEntries(Object.entries(process.env).filter(([, value]) => value !== ''));
const { HOST: host = '127.0.0.1', PRIVATE_HOST: privateHost = host, SIMULATOR_HOST: simulatorHost } = given;
const complaints = await unusablePorts([
  { variable: 'PORT', port: ports.service, host },
  { variable: 'PRIVATE_PORT', port: ports.internal, host: privateHost },
  { variable: 'SIMULATOR_PORT', port: ports.simulator, host: simulatorHost ?? '127.0.0.1' },
]);
if (complaints.length > 0) {
  for (const complaint of complaints) console.error(complaint);
  process.exit(78); // EX_CONFIG
}

const root = new URL('..', import.meta.url);
console.log('Building the service and the simulator: this takes half a minute…');
// Through a shell, because npm is npm.cmd on Windows.
const built = spawnSync('npm run --silent build', { cwd: root, stdio: 'inherit', shell: true });
if (built.status !== 0) process.exit(built.status ?? 1);

const children = new Set<ChildProcess>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop(0));
onNpmGone(() => stop(0));

const simulator = run('simulator', {
  SIMULATOR_SERVICE_URL: serviceUrl,
  SIMULATOR_INTERNAL_URL: internalUrl,
  SIMULATOR_INTERNAL_API_KEY: demoKeys().credential,
  SIMULATOR_WEBHOOK_URL: `${serviceUrl}/webhooks/twilio/verify`,
});
const { accountSid, apiKeySid, apiKeySecret, authToken, serviceSid } = await answer(`${simulatorUrl}/_sim`, simulator);
const service = run('resend', {
  HOST: '127.0.0.1',
  LOG_LEVEL: 'warn',
  TWILIO_BASE_URL: simulatorUrl,
  TWILIO_ACCOUNT_SID: accountSid ?? '',
  TWILIO_API_KEY_SID: apiKeySid ?? '',
  TWILIO_API_KEY_SECRET: apiKeySecret ?? '',
  TWILIO_VERIFY_SERVICE_SID: serviceSid ?? '',
  TWILIO_AUTH_TOKEN: authToken ?? '',
  PUBLIC_URL: serviceUrl,
  INTERNAL_API_KEYS_FILE: demoKeys().file,
});
await answer(`${internalUrl}/readyz`, service);
console.log(await demoCurl());
console.log('For another user: npm run demo. Stop with Ctrl+C.');

/** Starts an application. Variables of the environment override `defaults`. */
function run(app: 'resend' | 'simulator', defaults: Record<string, string>): ChildProcess {
  const main = `dist/apps/${app}/src/main.js`;
  const stdio = ['ignore', app === 'simulator' ? 'ignore' : 'inherit', 'inherit'] as const;
  const child = spawn(process.execPath, ['--enable-source-maps', main], {
    cwd: root,
    env: { ...defaults, ...given },
    stdio: [...stdio],
  });
  children.add(child);
  child.once('exit', (code) => {
    children.delete(child);
    stop(code ?? 1);
  });
  return child;
}

/** Stops both children. The script ends when they have exited. */
function stop(code: number): void {
  process.exitCode ??= code;
  for (const child of children) child.kill('SIGTERM');
}

async function answer(url: string, child: ChildProcess): Promise<Record<string, string>> {
  for (let attempt = 0; attempt < 150; attempt++) {
    if (hasEnded(child)) process.exit(child.exitCode ?? 1);
    const response = await fetch(url).catch(() => undefined);
    // Another `npm start` may already use these ports. Then our child exits soon, and the answer was not ours.
    if (response?.ok && !(await endsSoon(child))) return (await response.json()) as Record<string, string>;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  console.error(`${url} did not answer within 15 seconds.`);
  stop(1);
  process.exit(1);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function endsSoon(child: ChildProcess): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, 300));
  return hasEnded(child);
}
