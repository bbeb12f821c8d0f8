/** Images: pinned to one content, not run as root, and renewed by what their registry says. */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { currentDigest } from '../../scripts/images/current-digest.js';
import { pinnedImages } from '../../scripts/images/pinned-image.js';

const textOf = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const dockerfile = textOf('Dockerfile');
const compose = textOf('docker-compose.yml');
const OLD = `sha256:${'0'.repeat(64)}`;
const NEW = `sha256:${'1'.repeat(64)}`;

/** The stages of the Dockerfile, each from its FROM on. */
const stages = dockerfile.split(/^(?=FROM )/m).slice(1);
const nameOf = (stage: string) => / AS (\w+)\n/.exec(stage)?.[1] ?? '';
const parentOf = (stage: string) => /^FROM (\S+)/.exec(stage)?.[1] ?? '';
const DIGEST = /:[\w.-]+@sha256:[0-9a-f]{64}$/;

describe('every image from elsewhere has a tag and a digest', () => {
  test('in the Dockerfile, which fetches no other one to be read', () => {
    const ours = new Set(stages.map(nameOf));
    const foreign = stages.map(parentOf).filter((parent) => !ours.has(parent));
    expect(foreign).toEqual([expect.stringMatching(DIGEST), expect.stringMatching(DIGEST)]);
    expect(dockerfile).not.toMatch(/^#\s*syntax\s*=/m);
    expect(dockerfile).not.toMatch(/--from=[^\s/]*[/:]/); // another image
  });

  test('in docker-compose.yml', () => {
    const { services } = parse(compose, { merge: true }) as { services: Record<string, { image?: string }> };
    const images = Object.values(services).flatMap(({ image }) => image ?? []);
    expect(images).toHaveLength(3);
    for (const image of images) expect(image).toMatch(DIGEST);
  });

  test('and all of them are found by what renews them', () => {
    const digests = `${dockerfile}${compose}`.match(/sha256:[0-9a-f]{64}/g);
    expect([...pinnedImages(dockerfile), ...pinnedImages(compose)].map(({ digest }) => digest)).toEqual(digests);
  });
});

test('an image runs under a number that is not root, as in Kubernetes', () => {
  const userOf = (stage: string): string | undefined => {
    const user = /^USER (.*)$/m.exec(stage)?.[1];
    const parent = stages.find((one) => nameOf(one) === parentOf(stage));
    return user ?? (parent && userOf(parent));
  };
  const images = stages.filter((stage) => ['service', 'simulator'].includes(nameOf(stage)));
  expect(images.map(userOf)).toEqual(['65532:65532', '65532:65532']);
});

test('the image carries the bill of materials', () => {
  expect(dockerfile).toMatch(/^RUN npm run build && npm run sbom && npm prune --omit=dev --omit=optional/m);
  expect(dockerfile).toMatch(/^COPY --from=build .*\/app\/dist\/sbom\.cdx\.json \.\/$/m);
});

describe('the name of an image', () => {
  test.each([
    ['node:24-slim', 'registry-1.docker.io', 'library/node', '24-slim'],
    ['valkey/valkey:8', 'registry-1.docker.io', 'valkey/valkey', '8'],
    ['gcr.io/distroless/nodejs24-debian13:nonroot', 'gcr.io', 'distroless/nodejs24-debian13', 'nonroot'],
  ])('%s leads to a repository of %s', (name, registry, repository, tag) => {
    expect(pinnedImages(`FROM ${name}@${OLD} AS x`)).toEqual([{ name, registry, repository, tag, digest: OLD }]);
  });

  test('without a digest is none that is pinned', () => {
    expect(pinnedImages('FROM node:24-slim AS build\nimage: push-resend:0.1.0\nFROM build')).toEqual([]);
  });
});

describe('a registry', () => {
  const [image] = pinnedImages(`valkey/valkey:8@${OLD}`);
  if (!image) throw new Error('no image');

  async function registry(answer: (request: IncomingMessage, response: ServerResponse, origin: string) => void) {
    const server = createServer((request, response) => answer(request, response, origin));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return origin;
  }

  test('that wants a token gets one, and tells the digest of the list of platforms', async () => {
    const asked: string[] = [];
    const origin = await registry((request, response, own) => {
      asked.push(`${request.method} ${request.url}`);
      if (request.url?.startsWith('/token')) return response.end(JSON.stringify({ token: 'for-everybody' }));
      if (request.headers.authorization !== 'Bearer for-everybody') {
        const scope = 'repository:valkey/valkey:pull';
        response.setHeader('WWW-Authenticate', `Bearer realm="${own}/token",service="registry",scope="${scope}"`);
        return response.writeHead(401).end();
      }
      const isList = request.headers.accept?.startsWith('application/vnd.oci.image.index.v1+json');
      return response.writeHead(200, { 'docker-content-digest': isList ? NEW : OLD }).end();
    });
    expect(await currentDigest(image, origin)).toBe(NEW);
    expect(asked).toEqual([
      'HEAD /v2/valkey/valkey/manifests/8',
      'GET /token?service=registry&scope=repository%3Avalkey%2Fvalkey%3Apull',
      'HEAD /v2/valkey/valkey/manifests/8',
    ]);
  });

  test.each([
    ['that has no such tag', 404, {}],
    ['that answers without a digest', 200, {}],
    ['that answers with what is no digest', 200, { 'docker-content-digest': 'latest' }],
  ])('%s is an error that names the image', async (_, status, headers) => {
    const origin = await registry((_request, response) => response.writeHead(status, headers).end());
    await expect(currentDigest(image, origin)).rejects.toThrow(
      `valkey/valkey:8: ${origin}/v2/valkey/valkey/manifests/8`,
    );
  });
});
