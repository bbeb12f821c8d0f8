import { at, listOf, type Manifest, only, textOf, treeOf, type Value } from './manifest.js';

/** What closing takes when everything is answered: graceful-end.ts. */
const CLOSE_SECONDS = 2;

/** Where the Deployment would run with more rights than it needs, or lose requests when pods come and go. */
export function hardeningObjections(manifests: readonly Manifest[]): string[] {
  const deployment = only(manifests, 'Deployment');
  const pod = at(deployment, 'spec', 'template', 'spec');
  return [
    ...unmet(pod, POD),
    ...unmet(at(pod, 'containers', 0), CONTAINER),
    ...unmet(deployment, ROLLOUT),
    ...timing(manifests, pod),
    ...memory(at(pod, 'containers', 0)),
    ...image(at(pod, 'containers', 0)),
    ...instances(manifests, deployment),
    ...network(only(manifests, 'NetworkPolicy')),
  ];
}

type Demand = readonly [path: readonly string[], wanted: Value];

const POD: readonly Demand[] = [
  [['automountServiceAccountToken'], false],
  [['enableServiceLinks'], false],
  [['securityContext', 'runAsNonRoot'], true],
  [['securityContext', 'runAsUser'], 65_532],
  [['securityContext', 'seccompProfile', 'type'], 'RuntimeDefault'],
];
const CONTAINER: readonly Demand[] = [
  [['securityContext', 'allowPrivilegeEscalation'], false],
  [['securityContext', 'readOnlyRootFilesystem'], true],
  [['securityContext', 'capabilities'], { drop: ['ALL'] }],
  [['livenessProbe', 'httpGet', 'path'], '/livez'],
  [['readinessProbe', 'httpGet', 'path'], '/readyz'],
  [['startupProbe', 'httpGet', 'path'], '/livez'],
];
const ROLLOUT: readonly Demand[] = [[['spec', 'strategy', 'rollingUpdate', 'maxUnavailable'], 0]];

function unmet(value: Value | undefined, demands: readonly Demand[]): string[] {
  return demands
    .filter(([path, wanted]) => JSON.stringify(at(value, ...path)) !== JSON.stringify(wanted))
    .map(([path, wanted]) => `${path.join('.')} is not ${JSON.stringify(wanted)}`);
}

/** Load balancers hear first, then what is running is answered, and only then comes SIGKILL. */
function timing(manifests: readonly Manifest[], pod: Value | undefined): string[] {
  const sleepSeconds = Number(at(pod, 'containers', 0, 'lifecycle', 'preStop', 'sleep', 'seconds') ?? 0);
  const graceSeconds = Number(at(only(manifests, 'ConfigMap'), 'data', 'SHUTDOWN_GRACE_SECONDS'));
  const killedAfter = Number(at(pod, 'terminationGracePeriodSeconds'));
  return [
    ...(sleepSeconds >= 5 ? [] : ['SIGTERM comes before load balancers have heard']),
    ...(sleepSeconds + graceSeconds + CLOSE_SECONDS < killedAfter ? [] : ['SIGKILL comes before the grace is over']),
  ];
}

/** Beside the heap, Node needs room for code, sockets and buffers. */
function memory(container: Value | undefined): string[] {
  const options = listOf(at(container, 'env')).find((one) => at(one, 'name') === 'NODE_OPTIONS');
  const heapMiB = Number(/--max-old-space-size=(\d+)/.exec(textOf(at(options, 'value')))?.[1]);
  const limitMiB = Number(/^(\d+)Mi$/.exec(textOf(at(container, 'resources', 'limits', 'memory')))?.[1]);
  const isAsked = at(container, 'resources', 'requests', 'memory') && at(container, 'resources', 'requests', 'cpu');
  return [
    ...(isAsked ? [] : ['there are no requests for memory and CPU']),
    ...(heapMiB + 128 <= limitMiB ? [] : ['the heap does not fit the memory limit']),
  ];
}

function image(container: Value | undefined): string[] {
  const name = textOf(at(container, 'image'));
  return /(:(?!latest$)[\w.-]+|@sha256:[0-9a-f]{64})$/.test(name) ? [] : [`the image ${name} has no fixed tag`];
}

/** One can go and one is left. */
function instances(manifests: readonly Manifest[], deployment: Manifest): string[] {
  const scaler = manifests.find(({ kind }) => kind === 'HorizontalPodAutoscaler');
  const replicas = Number(at(deployment, 'spec', 'replicas') ?? at(scaler, 'spec', 'minReplicas'));
  const lost = Number(at(only(manifests, 'PodDisruptionBudget'), 'spec', 'maxUnavailable'));
  return [
    ...(replicas >= 2 && replicas - lost >= 1 ? [] : ['not one instance is left when nodes are drained']),
    ...(scaler && at(deployment, 'spec', 'replicas') !== undefined ? ['two say how many instances there are'] : []),
  ];
}

function network(policy: Manifest): string[] {
  const rules = [...listOf(at(policy, 'spec', 'ingress')), ...listOf(at(policy, 'spec', 'egress'))];
  const isOpen = rules.some((rule) => {
    const peers = [...listOf(at(rule, 'from')), ...listOf(at(rule, 'to'))];
    return peers.length === 0 || peers.some((peer) => Object.keys(treeOf(peer)).length === 0) || !at(rule, 'ports');
  });
  const types = listOf(at(policy, 'spec', 'policyTypes'));
  return [
    ...(isOpen ? ['a NetworkPolicy rule allows all sources or destinations'] : []),
    ...(types.includes('Ingress') && types.includes('Egress') ? [] : ['NetworkPolicy is not for both directions']),
  ];
}
