import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Rig, startRig } from '../support/rig.js';

/** What a generated call answers. */
interface Answer {
  readonly data?: Record<string, unknown>;
  readonly error?: { readonly code: string; readonly retryAfterSeconds?: number };
  readonly response: Response;
}
type Call = (options: {
  readonly baseUrl: string;
  readonly auth: string;
  readonly path?: object;
  readonly body?: object;
  readonly headers?: object;
}) => Promise<Answer>;

const bin = (tool: string) => fileURLToPath(new URL(`../../node_modules/.bin/${tool}`, import.meta.url));
const directory = mkdtempSync(join(tmpdir(), 'push-resend-client-'));
let rig: Rig;
let client: Record<'resendPush' | 'getStanding' | 'registerSession' | 'endSession' | 'getResendState', Call>;

beforeAll(async () => {
  rig = await startRig({}, { desk: { scopes: ['sessions:write', 'state:read'] } });
  const document = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url));
  execFileSync(bin('openapi-ts'), ['-i', document, '-o', join(directory, 'src')], { stdio: 'pipe' });
  writeFileSync(join(directory, 'package.json'), '{"type": "module"}');
  const strictly = ['--strict', '--noUncheckedIndexedAccess', '--skipLibCheck'];
  const modern = ['--target', 'es2024', '--module', 'nodenext', '--lib', 'es2024,dom,dom.iterable,dom.asynciterable'];
  const files = [
    '--rootDir',
    join(directory, 'src'),
    '--outDir',
    join(directory, 'js'),
    join(directory, 'src/index.ts'),
  ];
  execFileSync(bin('tsc'), [...strictly, ...modern, ...files], { cwd: directory, stdio: 'pipe' });
  client = (await import(pathToFileURL(join(directory, 'js/index.js')).href)) as typeof client;
}, 60_000);

afterAll(async () => {
  await rig?.close();
  rmSync(directory, { recursive: true, force: true });
});

test('a client generated from the document compiles, registers a session, and presses the button', async () => {
  const publicly = { baseUrl: `http://127.0.0.1:${rig.ports.public}` };
  const internally = { baseUrl: `http://127.0.0.1:${rig.ports.private}`, auth: String(rig.apiKeys['desk']) };
  const { identity, challengeSid } = await rig.login();

  const session = await client.registerSession({
    ...internally,
    body: { identity, challengeSid, expiresInSeconds: 600 },
  });
  expect(session.response.status).toBe(201);
  const user = { ...publicly, auth: String(session.data?.['token']), path: { challengeSid } };

  const standing = await client.getStanding(user);
  expect(standing.data).toMatchObject({ resend: { status: 'ready', availableInSeconds: 0 }, nextAction: 'tap' });

  const press = { ...user, headers: { 'Idempotency-Key': 'one-press-of-the-button' } };
  const sent = await client.resendPush(press);
  expect(sent.response.status).toBe(201);
  expect(sent.data).toMatchObject({ notification: { sid: expect.stringMatching(/^NT/) }, nextAction: 'open-app' });

  const again = await client.resendPush(press);
  expect(again.response.headers.get('idempotent-replayed')).toBe('true');
  expect(again.data?.['notification']).toEqual(sent.data?.['notification']);

  rig.wait(5);
  const tooSoon = await client.resendPush({ ...user, body: { ttl: 60 } });
  expect(tooSoon.error).toMatchObject({ code: 'cooling-down', retryAfterSeconds: 55 });

  const seen = await client.getResendState({ ...internally, path: { identity } });
  expect(seen.response.status).toBe(200);

  const ended = await client.endSession({ ...internally, path: { id: session.data?.['id'] } });
  expect(ended.response.status).toBe(204);
  expect((await client.getStanding(user)).error).toMatchObject({ code: 'session-invalid' });
});
