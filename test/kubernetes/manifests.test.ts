import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { SECRETS, Settings } from '@settings/settings.js';
import { readSettings } from '@settings/read-settings.js';
import { ApiKeys } from '@nest/internal/api-keys.js';
import { hardeningObjections } from './hardening.js';
import { render } from './kustomize.js';
import { at, listOf, type Manifest, only, treeOf, type Value } from './manifest.js';
import { copyWithSecrets, environmentIn } from './overlay.js';
import { schemaComplaints } from './schema.js';
import { wiringObjections } from './wiring.js';

const copy = copyWithSecrets();
afterAll(copy.remove);
const base = render(copy.base);
const production = render(copy.production);

const objectionsTo = (manifests: readonly Manifest[]) => [
  ...schemaComplaints(manifests),
  ...wiringObjections(manifests),
  ...hardeningObjections(manifests),
];

test('the production overlay is valid for Kubernetes, and consistent', () => {
  expect(objectionsTo(production)).toEqual([]);
});

test('the base lacks only what is everybody’s own: the Secrets', () => {
  expect(objectionsTo(base).filter((objection) => !/ Secret( |$)/.test(objection))).toEqual([]);
});

test('the image alone has the same heap as in Kubernetes', () => {
  const environment = listOf(at(only(production, 'Deployment'), ...CONTAINER, 'env'));
  const options = environment.find((one) => at(one, 'name') === 'NODE_OPTIONS');
  const dockerfile = readFileSync(new URL('../../Dockerfile', import.meta.url), 'utf8');
  expect(at(options, 'value')).toBe(/^ENV NODE_OPTIONS="(.*)"$/m.exec(dockerfile)?.[1]);
});

/** What somebody could get wrong, by where it stands. `undefined` takes it away. */
const CONTAINER = ['spec', 'template', 'spec', 'containers', 0];
test.each<[kind: string, path: (string | number)[], value: Value | undefined, objection: RegExp]>([
  ['Deployment', [...CONTAINER, 'livenesProbe'], {}, /'"livenesProbe"' does not exist in type 'Container'/],
  ['Deployment', ['spec', 'selector'], undefined, /'selector' is missing/],
  ['Deployment', ['spec', 'minReadySeconds'], '5', /'string' is not assignable to type 'number'/],
  ['Deployment', ['spec', 'template', 'spec', 'containers', 0, 'name'], undefined, /'name' is missing/],
  ['Deployment', [...CONTAINER, 'lifecycle', 'preStop', 'sleep', 'seconds'], null, /'null' is not assignable/],
  ['Deployment', [...CONTAINER, 'imagePullPolicy'], 'Sometimes', /Sometimes is none of/],
  ['Deployment', [...CONTAINER, 'resources', 'limits', 'memory'], '384 MB', /not written as it has to be/],
  ['NetworkPolicy', ['spec', 'egres'], [], /"egres"/],
  ['NetworkPolicy', ['spec', 'policyTypes', 1], 'egress', /egress is none of Ingress, Egress/],
  ['HorizontalPodAutoscaler', ['spec', 'maxReplicas'], undefined, /'maxReplicas' is missing/],
  ['PodDisruptionBudget', ['spec', 'minAvailble'], 1, /"minAvailble"/],
  ['Deployment', ['spec', 'template', 'metadata', 'labels', 'app.kubernetes.io/name'], 'else', /does not select/],
  ['Service', ['spec', 'selector', 'app.kubernetes.io/name'], 'else', /Service push-resend does not select/],
  ['Service', ['spec', 'ports', 0, 'targetPort'], 'private', /push-resend leads to the port private, not public/],
  ['Service', ['spec', 'ports', 0, 'appProtocol'], undefined, /push-resend does not say that it speaks http/],
  ['NetworkPolicy', ['spec', 'ingress', 0, 'ports', 0, 'port'], 'private', /NetworkPolicy leads to the port private/],
  ['NetworkPolicy', ['spec', 'ingress', 1, 'from'], undefined, /allows all sources/],
  ['NetworkPolicy', ['spec', 'podSelector'], {}, /NetworkPolicy push-resend does not select/],
  ['Deployment', [...CONTAINER, 'readinessProbe', 'httpGet', 'port'], 'public', /readinessProbe leads/],
  ['Deployment', [...CONTAINER, 'ports', 1, 'containerPort'], 9091, /private is not PRIVATE_PORT/],
  ['Deployment', [...CONTAINER, 'envFrom', 0, 'configMapRef', 'name'], 'else', /no ConfigMap else/],
  ['Deployment', ['spec', 'template', 'spec', 'serviceAccountName'], 'else', /no ServiceAccount else/],
  ['Deployment', ['spec', 'template', 'spec', 'volumes', 0, 'secret', 'items', 1, 'key'], 'redis', /no key redis/],
  ['Deployment', [...CONTAINER, 'volumeMounts', 1, 'mountPath'], '/run/else', /INTERNAL_API_KEYS_FILE is not mounted/],
  ['HorizontalPodAutoscaler', ['spec', 'scaleTargetRef', 'name'], 'else', /no Deployment else/],
  ['Deployment', [...CONTAINER, 'image'], 'push-resend:latest', /no fixed tag/],
  ['Deployment', [...CONTAINER, 'securityContext', 'readOnlyRootFilesystem'], false, /readOnlyRootFilesystem is not/],
  ['Deployment', ['spec', 'template', 'spec', 'automountServiceAccountToken'], undefined, /automountServiceAcc/],
  ['Deployment', [...CONTAINER, 'lifecycle'], undefined, /before load balancers have heard/],
  ['Deployment', ['spec', 'template', 'spec', 'terminationGracePeriodSeconds'], 20, /SIGKILL comes before/],
  ['ConfigMap', ['data', 'SHUTDOWN_GRACE_SECONDS'], '60', /SIGKILL comes before/],
  ['Deployment', [...CONTAINER, 'resources', 'limits', 'memory'], '256Mi', /heap does not fit/],
  ['HorizontalPodAutoscaler', ['spec', 'minReplicas'], 1, /not one instance is left/],
  ['Deployment', ['spec', 'replicas'], 3, /two say how many/],
  ['Service', ['metadata', 'namespace'], 'else', /one namespace/],
])('a mistake is found: %s %j %j', (kind, path, value, objection) => {
  const mistaken = structuredClone(production) as Manifest[];
  const one = only(mistaken, kind, kind === 'Service' ? 'push-resend' : undefined);
  const parent = at(one, ...path.slice(0, -1)) as Record<string | number, Value | undefined>;
  const last = path.at(-1) ?? '';
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  expect(objectionsTo(mistaken)).toContainEqual(expect.stringMatching(objection));
});

describe('the settings', () => {
  const environment = environmentIn(production, copy.production);
  const variable = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  const known = new Set([
    ...Object.keys(new Settings()).map((name) => variable(name)),
    ...SECRETS.map((name) => `${variable(name)}_FILE`),
  ]);

  test('exist, every one', () => {
    const fromManifest = listOf(at(only(production, 'Deployment'), ...CONTAINER, 'env')).map((one) => at(one, 'name'));
    expect(fromManifest).toEqual(['NODE_OPTIONS']); // Node's own
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
  });

  test('are such that production starts with them', () => {
    const settings = readSettings(environment);
    expect(settings).toMatchObject({ nodeEnv: 'production', port: 8080, privatePort: 9090 });
    expect(settings.redisUrl).toMatch(/^rediss:/);
    expect(settings.trustedProxies).not.toEqual([]);
    expect(() => new ApiKeys(settings.internalApiKeysFile, () => undefined)).not.toThrow();
  });

  test('name no secret: those are files', () => {
    const data = Object.keys(treeOf(at(only(production, 'ConfigMap'), 'data')));
    expect(data.filter((name) => SECRETS.some((secret) => variable(secret) === name))).toEqual([]);
  });

  test.each(['twilio-api-key-sid', 'twilio-api-key-secret', 'twilio-auth-token', 'redis-url', 'identity-hash-secret'])(
    'need the secret %s',
    (key) => {
      const without = structuredClone(production) as Manifest[];
      const secret = without.find(({ kind, metadata }) => kind === 'Secret' && metadata.name === 'push-resend');
      treeOf(secret?.['data'])[key] = '';
      const lacking = environmentIn(without, `${copy.production}/${key}`);
      expect(() => readSettings(lacking)).toThrow(`${key.replaceAll('-', '_').toUpperCase()}_FILE is empty`);
    },
  );
});
