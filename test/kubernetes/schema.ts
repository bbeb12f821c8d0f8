import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Manifest, Value } from './manifest.js';

const FILE = fileURLToPath(new URL('the-manifests.ts', import.meta.url));

/** The API groups whose types are not named like them. */
const MODULES: Readonly<Record<string, string>> = { v1: 'core/v1', 'networking.k8s.io/v1': 'networking/v1' };

/** Words that the API server knows, by the end of where they stand: to the types they are any text. */
const WORDS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/\/policyTypes\/\d+$/, ['Ingress', 'Egress']],
  [/\/protocol$/, ['TCP', 'UDP', 'SCTP']],
  [/\/imagePullPolicy$/, ['Always', 'IfNotPresent', 'Never']],
  [/\/whenUnsatisfiable$/, ['DoNotSchedule', 'ScheduleAnyway']],
  [/\/unhealthyPodEvictionPolicy$/, ['IfHealthyBudget', 'AlwaysAllow']],
  [/\/seccompProfile\/type$/, ['RuntimeDefault', 'Localhost', 'Unconfined']],
  [/\/strategy\/type$/, ['RollingUpdate', 'Recreate']],
  [/^\/Service\/.*\/spec\/type$/, ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']],
  [/\/metrics\/\d+\/type$/, ['Resource', 'ContainerResource', 'Pods', 'Object', 'External']],
  [/\/target\/type$/, ['Utilization', 'Value', 'AverageValue']],
];
const QUANTITY = /^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi)?$/;
const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const LABEL = /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/;

/** Declarations, read once for all that is checked. */
const parsed = new Map<string, ts.SourceFile | undefined>();

/**
 * What the API server would not take. The fields are those of Kubernetes' own OpenAPI document, which `kubernetes-types`
 * has as types: TypeScript is the validator, and refuses unknown fields, missing ones, and values of another type.
 */
export function schemaComplaints(manifests: readonly Manifest[]): string[] {
  return [...typeComplaints(manifests), ...manifests.flatMap((one) => wordComplaints(one, `/${nameOf(one)}`))];
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind}/${metadata.name}`;
}

function typeComplaints(manifests: readonly Manifest[]): string[] {
  const lines = manifests.map((one, index) => {
    const { [one.apiVersion]: module = one.apiVersion } = MODULES;
    return `const m${index}: import('kubernetes-types/${module}').${one.kind} = ${JSON.stringify(one)};`;
  });
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    noLib: false,
    lib: ['lib.es2022.d.ts'],
    types: [],
    skipLibCheck: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (file) => file === FILE || disk.fileExists(file),
    getSourceFile: (file, ...rest) => {
      if (file === FILE) return ts.createSourceFile(FILE, `${lines.join('\n')}\nexport {};`, ts.ScriptTarget.Latest);
      const read = parsed.get(file) ?? disk.getSourceFile(file, ...rest);
      parsed.set(file, read);
      return read;
    },
  };
  const program = ts.createProgram([FILE], options, host);
  return ts.getPreEmitDiagnostics(program, program.getSourceFile(FILE)).map(({ file, start, messageText }) => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line : -1;
    const one = manifests[line];
    return `${one ? nameOf(one) : 'manifests'}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

function wordComplaints(value: Value, path: string): string[] {
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([step, inner]) => wordComplaints(inner, `${path}/${step}`));
  }
  const text = String(value);
  const words = WORDS.find(([place]) => place.test(path))?.[1];
  if (words && !words.includes(text)) return [`${path}: ${text} is none of ${words.join(', ')}`];
  const isWrong =
    (/\/(requests|limits)\/\w+$|\/averageValue$/.test(path) && !QUANTITY.test(text)) ||
    (/\/metadata\/(name|namespace)$/.test(path) && !NAME.test(text)) ||
    (/\/(labels|matchLabels)\/[^/]+(\/[^/]+)?$/.test(path) && !LABEL.test(text));
  return isWrong ? [`${path}: ${text} is not written as it has to be`] : [];
}
