import { HttpProblem } from '../answers/problems.js';

/** The value of an `Idempotency-Key` header: quoted, as in the IETF draft, or bare. */
export function idempotencyKey(header: string): string {
  const [, quoted, bare] = /^(?:"([A-Za-z0-9_-]{8,128})"|([A-Za-z0-9_-]{8,128}))$/.exec(header) ?? [];
  const key = quoted ?? bare;
  if (key === undefined) throw new HttpProblem('idempotency-key-invalid');
  return key;
}
