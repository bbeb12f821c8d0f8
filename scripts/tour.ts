/**
 * `npm run tour`: two built instances, the simulator and a real Prometheus, all on loopback, for about four minutes.
 * People log in; Twilio has an outage; an attacker bombs thirty users. It prints which alerts fire and when, and draws
 * the dashboard of this run into docs/dashboard.png.
 *
 * An hour in the alert rules is a minute here: their windows are shortened by 60, and the service's limits are shortened,
 * too. The rules are otherwise unchanged.
 * It needs a Redis server, Prometheus and chromium (Debian: redis-server, prometheus, chromium), and no network.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AlertWatch, clock } from './tour/alert-watch.ts';
import { Crowd } from './tour/crowd.ts';
import { drawDashboard } from './tour/draw.ts';
import { Processes } from './tour/processes.ts';
import { Prometheus } from './tour/prometheus.ts';
import { startSite } from './tour/site.ts';

const OUTAGE = 'Twilio is away';
const BOMBING = 'thirty users are bombed';
/** The act in which each alert must start to fire. Otherwise the tour fails. */
const EXPECTED: Readonly<Record<string, string>> = {
  PushResendBreakerOpen: OUTAGE,
  PushResendProviderErrorsFast: OUTAGE,
  PushResendDeniedAfterResend: BOMBING,
  PushResendTapsAfterDenial: BOMBING,
};

const root = new URL('..', import.meta.url);
const built = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);

const directory = mkdtempSync(join(tmpdir(), 'push-resend-tour-'));
const processes = new Processes();
try {
  const site = await startSite(processes, directory);
  const prometheus = await Prometheus.start(processes, directory, site.instances);
  const startedAt = Date.now();
  const acts: { title: string; at: number }[] = [];
  const act = (title: string) => {
    const at = (Date.now() - startedAt) / 1000;
    acts.push({ title, at });
    console.log(`${clock(at)}  ${title}`);
  };
  const alerts = new AlertWatch(prometheus, startedAt);
  const watching = alerts.watch();
  const crowd = new Crowd(site);

  act('people log in');
  const coming = crowd.come(4);
  await sleep(75_000);

  act(OUTAGE);
  for (const operation of ['fetchChallenge', 'createNotification']) {
    await site.simulate('POST', '/faults', { operation, kind: 'error-empty' });
  }
  await sleep(30_000);

  act('Twilio is back');
  await site.simulate('DELETE', '/faults');
  await sleep(40_000);

  act(BOMBING);
  const users = Array.from({ length: 30 }, () => `tour-${crypto.randomUUID()}`);
  const bombing = crowd.bomb(users, 35);
  await sleep(25_000);
  const block = { reason: 'push bombing', expiresInSeconds: 600 };
  for (const user of users.slice(0, 5)) await site.consume('PUT', `/identities/${user}/block`, block);
  await bombing;

  act('it is over');
  await sleep(30_000);
  const endedAt = Date.now();
  await crowd.leave();
  await coming;
  alerts.stop();
  await watching;

  await drawDashboard(prometheus, { from: startedAt / 1000, to: endedAt / 1000, acts });
  for (const [name, title] of Object.entries(EXPECTED)) {
    const from = alerts.fired.find((alert) => alert.name === name)?.from ?? Number.NaN;
    if (acts.findLast(({ at }) => at <= from)?.title === title) continue;
    console.error(`${name} should have started to fire in the act "${title}".`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await processes.stopAll();
  rmSync(directory, { recursive: true, force: true });
}
