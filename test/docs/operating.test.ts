import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { serviceMetrics } from '../../apps/resend/src/requests/service-metrics.js';
import { Settings } from '@settings/settings.js';
import { render } from '../kubernetes/kustomize.js';
import { at, listOf, only, textOf, type Value } from '../kubernetes/manifest.js';
import { copyWithSecrets } from '../kubernetes/overlay.js';
import { type Rig, type Screen, startRig } from '../support/rig.js';

const DOCS = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');

/** The curl lines of the page, in order. */
const lines = DOCS.split('\n').filter((line) => line.startsWith('curl '));

const SCOPES = /npm run api-key -- --id desk --scopes ([\w:,]+)/.exec(DOCS)?.[1]?.split(',') ?? [];

let rig: Rig;
let screen: Screen;
beforeAll(async () => {
  rig = await startRig({}, { desk: { scopes: SCOPES }, ops: { scopes: ['controls:write'] } });
  screen = await rig.login();
});
afterAll(() => rig.close());

test('the page has a curl line for all that support and ops do', () => {
  const said = lines.join('\n');
  for (const call of [
    'resend-state',
    '"dryRun":true',
    '/resets',
    'DELETE "$API/identities/$ID/block"',
    'audit-events',
  ]) {
    expect(said).toContain(call);
  }
  expect(lines).toHaveLength(10);
});

test.each(lines)('%s', async (line) => {
  const key = (line.includes('/pause') ? rig.apiKeys['ops'] : rig.apiKeys['desk']) ?? '';
  const { method, url, headers, body } = requestOf(line, {
    API: `http://127.0.0.1:${rig.ports.private}/internal/v1`,
    ID: screen.identity,
    YC: screen.challengeSid,
    KEY: key,
  });
  const response = await fetch(url, { method, headers, ...(body !== undefined && { body }) });
  expect([200, 201, 204], await response.clone().text()).toContain(response.status);
});

test('the explanation that the page shows is one that is given', async () => {
  const another = await rig.login({ expiresInSeconds: 600 });
  await another.tap().expect(201);
  rig.wait(3);
  const { body } = await rig.ops
    .get(`/internal/v1/identities/${another.identity}/resend-state`)
    .set('authorization', `Bearer ${rig.apiKeys['desk']}`);
  const [shown = ''] = /YC… is pending .*?(?=")/.exec(DOCS) ?? [];
  const pattern = shown
    .replaceAll(/\d+/g, String.raw`\d+`)
    .replace('YC…', String.raw`YC\w+`)
    .replaceAll('.', String.raw`\.`);
  expect((body as { explanation: string[] }).explanation).toContainEqual(expect.stringMatching(pattern));
});

test('the scrape configuration finds the private port of the pods, under the job that the alerts go by', () => {
  const [, text = ''] = /```yaml\n(scrape_configs:[\s\S]*?)```/.exec(DOCS) ?? [];
  const job = at(parse(text) as Value, 'scrape_configs', 0);
  const rules = listOf(at(job, 'relabel_configs'));
  const copy = copyWithSecrets();
  const pod = at(only(render(copy.production), 'Deployment'), 'spec', 'template');
  copy.remove();
  const ports = listOf(at(pod, 'spec', 'containers', 0, 'ports')).map((port) => textOf(at(port, 'name')));
  const name = textOf(at(pod, 'metadata', 'labels', 'app.kubernetes.io/name'));
  expect(at(job, 'job_name')).toBe('push-resend');
  expect(ports.map((port) => `${name};${port}`)).toContain(at(rules, 0, 'regex'));
});

test('every metric and every setting that the page names is there', async () => {
  const metrics = await serviceMetrics('test').registry.metrics();
  const named = [...new Set(DOCS.match(/push_resend_\w+/g))];
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((name) => !metrics.includes(`# TYPE ${name} `))).toEqual([]);

  const variable = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  const settings = new Set(Object.keys(new Settings()).map((name) => variable(name)));
  const prefixes = /^(REDIS|TWILIO|AUDIT|SESSION|SHUTDOWN|IDENTITY|RESEND|CHALLENGE|THROTTLE|TRUSTED|INTERNAL|PUBLIC)_/;
  const [before = '', table = ''] = DOCS.split('| variable that is not a setting | effect |');
  const others = before + table.slice(table.indexOf('\n\n'));
  const said = [...new Set(others.match(/(?<=`)[A-Z]+(_[A-Z]+)+(?=[`=])/g))].filter((name) => prefixes.test(name));
  expect(said.length).toBeGreaterThan(10);
  expect(said.filter((name) => !settings.has(name))).toEqual([]);
});

interface Request {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Reads a curl line with `-X`, `-H`, `--json` and one address; `$NAME` is one of `values`. */
function requestOf(line: string, values: Readonly<Record<string, string>>): Request {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) =>
    single === undefined
      ? (double ?? bare ?? '')
          .replaceAll('$(uuidgen)', crypto.randomUUID())
          .replaceAll(/\$([A-Z]+)/g, (_, name: string) => values[name] ?? '')
      : single,
  );
  const headers: Record<string, string> = {};
  let [method, url, body]: (string | undefined)[] = ['GET'];
  for (let index = 1; index < words.length; index++) {
    const word = words[index] ?? '';
    if (!word.startsWith('-')) url = word;
    else {
      const value = words[++index] ?? '';
      if (word === '-X') method = value;
      else if (word === '-H') headers[value.split(': ')[0] ?? ''] = value.split(': ')[1] ?? '';
      else if (word === '--json') {
        body = value;
        headers['content-type'] = 'application/json';
      } else throw new Error(`what is ${word}?`);
    }
  }
  if (url === undefined || method === undefined) throw new Error('no address');
  return { method, url, headers, ...(body !== undefined && { body }) };
}
