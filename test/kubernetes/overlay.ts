import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newApiKey } from '../../scripts/demo-pair.ts';
import { at, type Manifest, only, textOf, treeOf } from './manifest.js';
import { mountedFiles } from './wiring.js';

const SOURCE = fileURLToPath(new URL('../../ops/kubernetes/', import.meta.url));

/** Secrets that open nothing, in the files that the production overlay reads. */
const SECRETS: Readonly<Record<string, string>> = {
  'twilio-api-key-sid': `SK${'0'.repeat(32)}\n`,
  'twilio-api-key-secret': 'a-secret-of-an-api-key-that-is-none\n',
  'redis-url': 'rediss://push-resend-ledger:let-me-in@redis.example.com:6379\n',
  'twilio-auth-token': 'an-auth-token-that-is-none\n',
  'identity-hash-secret': `${'0123456789abcdef'.repeat(4)}\n`,
  'api-keys.json': JSON.stringify([newApiKey('login', ['sessions:write']).record]),
};

/** A copy of ops/kubernetes with secrets in it. */
export function copyWithSecrets(): { base: string; production: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'push-resend-kubernetes-'));
  cpSync(SOURCE, directory, { recursive: true });
  const production = join(directory, 'overlays', 'production');
  for (const [name, content] of Object.entries(SECRETS)) writeFileSync(join(production, 'secrets', name), content);
  const remove = () => rmSync(directory, { recursive: true, force: true });
  return { base: join(directory, 'base'), production, remove };
}

/** The environment that the container finds; its files are written below `root`, where its `…_FILE` settings then lead. */
export function environmentIn(manifests: readonly Manifest[], root: string): Record<string, string> {
  const pod = at(only(manifests, 'Deployment'), 'spec', 'template', 'spec');
  const secrets = new Map(
    manifests.filter(({ kind }) => kind === 'Secret').map((one) => [one.metadata.name, treeOf(one['data'])]),
  );
  for (const [path, { secret, key }] of mountedFiles(pod)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), Buffer.from(textOf(secrets.get(secret)?.[key]), 'base64'));
  }
  const data = Object.entries(treeOf(at(only(manifests, 'ConfigMap'), 'data')));
  return Object.fromEntries(
    data.map(([name, value]) => [name, name.endsWith('_FILE') ? join(root, textOf(value)) : textOf(value)]),
  );
}
