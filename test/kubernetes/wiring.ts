import { posix } from 'node:path';
import { at, listOf, type Manifest, only, textOf, type Tree, treeOf, type Value } from './manifest.js';

/** Where manifests do not fit each other: labels, ports, and names of what is not there. One line each. */
export function wiringObjections(manifests: readonly Manifest[]): string[] {
  const deployment = only(manifests, 'Deployment');
  const pod = at(deployment, 'spec', 'template', 'spec');
  const objections = [...selectors(manifests, deployment), ...ports(manifests, pod), ...references(manifests, pod)];
  const namespaces = new Set(
    manifests.map(({ kind, metadata }) => (kind === 'Namespace' ? metadata.name : metadata['namespace'])),
  );
  if (namespaces.size > 1) objections.push('not everything is in one namespace');
  return objections;
}

/** Everything that selects pods has to select those of the Deployment. */
function selectors(manifests: readonly Manifest[], deployment: Manifest): string[] {
  const labels = treeOf(at(deployment, 'spec', 'template', 'metadata', 'labels'));
  const spread = listOf(at(deployment, 'spec', 'template', 'spec', 'topologySpreadConstraints'));
  const found: [string, Value | undefined][] = [
    ['Deployment', at(deployment, 'spec', 'selector', 'matchLabels')],
    ...manifests.flatMap((one): [string, Value | undefined][] => {
      const name = `${one.kind} ${one.metadata.name}`;
      if (one.kind === 'Service') return [[name, at(one, 'spec', 'selector')]];
      if (one.kind === 'PodDisruptionBudget') return [[name, at(one, 'spec', 'selector', 'matchLabels')]];
      if (one.kind === 'NetworkPolicy') return [[name, at(one, 'spec', 'podSelector', 'matchLabels')]];
      return [];
    }),
    ...spread.map((one): [string, Value | undefined] => ['spread', at(one, 'labelSelector', 'matchLabels')]),
  ];
  return found
    .filter(([, wanted]) => {
      const entries = Object.entries(treeOf(wanted));
      return entries.length === 0 || entries.some(([label, value]) => labels[label] !== value);
    })
    .map(([who]) => `${who} does not select the pods`);
}

/** Ports go by name; their numbers are those of the settings. */
function ports(manifests: readonly Manifest[], pod: Value | undefined): string[] {
  const container = at(pod, 'containers', 0);
  const opened = new Map(
    listOf(at(container, 'ports')).map((port) => [at(port, 'name'), JSON.stringify(at(port, 'containerPort'))]),
  );
  const settings = treeOf(at(only(manifests, 'ConfigMap'), 'data'));
  const objections = [
    ...(opened.get('public') === settings['PORT'] ? [] : ['the port public is not PORT']),
    ...(opened.get('private') === settings['PRIVATE_PORT'] ? [] : ['the port private is not PRIVATE_PORT']),
  ];
  const mustBe = (port: Value | undefined, wanted: string, who: string) => {
    if (port !== wanted) objections.push(`${who} leads to the port ${textOf(port)}, not ${wanted}`);
  };
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    mustBe(at(container, probe, 'httpGet', 'port'), 'private', probe);
  }
  const services = manifests.filter(({ kind }) => kind === 'Service');
  for (const { metadata, ...service } of services) {
    const wanted = metadata.name.endsWith('-internal') ? 'private' : 'public';
    for (const port of listOf(at(service, 'spec', 'ports'))) {
      mustBe(at(port, 'targetPort'), wanted, metadata.name);
      if (at(port, 'appProtocol') !== 'http') objections.push(`${metadata.name} does not say that it speaks http`);
    }
  }
  for (const rule of listOf(at(only(manifests, 'NetworkPolicy'), 'spec', 'ingress'))) {
    const isFromIngress = JSON.stringify(at(rule, 'from') ?? null).includes('ingress');
    const wanted = isFromIngress ? 'public' : 'private';
    for (const port of listOf(at(rule, 'ports'))) mustBe(at(port, 'port'), wanted, 'a rule of NetworkPolicy');
  }
  return objections;
}

/** What is named has to be there: ConfigMaps, Secrets and their keys, volumes, the account, what is scaled. */
function references(manifests: readonly Manifest[], pod: Value | undefined): string[] {
  const objections: string[] = [];
  const mustBeThere = (kind: string, name: Value | undefined): Manifest | undefined => {
    const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
    if (!found) objections.push(`there is no ${kind} ${textOf(name)}`);
    return found;
  };
  mustBeThere('ServiceAccount', at(pod, 'serviceAccountName'));
  const container = at(pod, 'containers', 0);
  for (const source of listOf(at(container, 'envFrom'))) mustBeThere('ConfigMap', at(source, 'configMapRef', 'name'));
  for (const volume of listOf(at(pod, 'volumes'))) {
    const data = treeOf(mustBeThere('Secret', at(volume, 'secret', 'secretName'))?.['data']);
    for (const item of listOf(at(volume, 'secret', 'items'))) {
      const key = textOf(at(item, 'key'));
      if (!(key in data)) objections.push(`there is no key ${key} in its Secret`);
    }
  }
  const files = mountedFiles(pod);
  for (const [name, path] of Object.entries(treeOf(at(only(manifests, 'ConfigMap'), 'data')))) {
    if (name.endsWith('_FILE') && !files.has(textOf(path))) objections.push(`${name} is not mounted`);
  }
  for (const scaler of manifests.filter(({ kind }) => kind === 'HorizontalPodAutoscaler')) {
    mustBeThere('Deployment', at(scaler, 'spec', 'scaleTargetRef', 'name'));
  }
  return objections;
}

/** The files that a container finds: path, and key of a Secret. */
export function mountedFiles(pod: Value | undefined): Map<string, { secret: string; key: string }> {
  const volumes = new Map(listOf(at(pod, 'volumes')).map((volume) => [textOf(at(volume, 'name')), treeOf(volume)]));
  const files = new Map<string, { secret: string; key: string }>();
  for (const mount of listOf(at(pod, 'containers', 0, 'volumeMounts'))) {
    const secret: Tree = treeOf(volumes.get(textOf(at(mount, 'name')))?.['secret']);
    for (const item of listOf(secret['items'])) {
      const path = posix.join(textOf(at(mount, 'mountPath')), textOf(at(item, 'path')));
      files.set(path, { secret: textOf(secret['secretName']), key: textOf(at(item, 'key')) });
    }
  }
  return files;
}
