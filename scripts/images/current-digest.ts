import type { PinnedImage } from './pinned-image.ts';

/** A list of platforms first, so that one digest serves all of them. */
const ACCEPT = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const DEADLINE_MS = 20_000;

/**
 * The digest that a tag has now, by the registry's HTTP API (the OCI distribution specification).
 *
 * @param origin of the registry, such as `https://gcr.io`
 * @throws Error if the registry does not say
 */
export async function currentDigest({ name, repository, tag }: PinnedImage, origin: string): Promise<string> {
  const url = `${origin}/v2/${repository}/manifests/${tag}`;
  const ask = (headers: Record<string, string>) =>
    fetch(url, { method: 'HEAD', headers: { accept: ACCEPT, ...headers }, signal: AbortSignal.timeout(DEADLINE_MS) });
  let answer = await ask({});
  if (answer.status === 401) {
    const token = await anonymousToken(answer.headers.get('www-authenticate') ?? '');
    answer = await ask({ authorization: `Bearer ${token}` });
  }
  const digest = answer.headers.get('docker-content-digest') ?? '';
  if (!answer.ok || !DIGEST.test(digest)) throw new Error(`${name}: ${url} answers ${answer.status} without a digest`);
  return digest;
}

/** Registries hand out tokens for reading public images to everybody. */
async function anonymousToken(challenge: string): Promise<string> {
  // backtracks: over one header of a registry only
  const fields = [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]);
  const { realm = '', service = '', scope = '' } = Object.fromEntries(fields) as Record<string, string | undefined>;
  const url = new URL(realm);
  url.search = new URLSearchParams({ service, scope }).toString();
  const answer = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS) });
  const { token, access_token: other } = (await answer.json()) as { token?: string; access_token?: string };
  const found = token ?? other;
  if (found === undefined) throw new Error(`${url.origin} answers ${answer.status} without a token`);
  return found;
}
