import { readFileSync } from 'node:fs';

const DEPLOYMENT = readFileSync(new URL('../../ops/kubernetes/base/deployment.yaml', import.meta.url), 'utf8');
const [, options] = /NODE_OPTIONS, value: "([^"]*)"/.exec(DEPLOYMENT) ?? [];
const [, limitMiB] = /limits: \{ memory: (\d+)Mi \}/.exec(DEPLOYMENT) ?? [];
if (options === undefined || limitMiB === undefined) throw new Error('deployment.yaml says it in other words');

/** What the manifests give to Node, and allow an instance. */
export const NODE_OPTIONS = options;
export const MEMORY_LIMIT_BYTES = Number(limitMiB) * 2 ** 20;
