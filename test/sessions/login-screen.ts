import type { Rig } from '../support/rig.js';
import type supertest from 'supertest';

/** The public API as a screen calls it, for a pending Challenge, with whatever credential. */
export interface LoginScreen {
  readonly identity: string;
  readonly challengeSid: string;
  readonly tap: (headers: Record<string, string>) => supertest.Test;
  readonly look: (headers: Record<string, string>) => supertest.Test;
}

let users = 0;

/** @param identity of the user; else a new one */
export async function loginScreen(rig: Rig, identity = `visitor-${process.pid}-${++users}`): Promise<LoginScreen> {
  const wanted = { identity, ageSeconds: 60 };
  const { challengeSid } = await rig.simulate<{ challengeSid: string }>('POST', '/challenges', wanted);
  const path = `/v1/challenges/${challengeSid}`;
  return {
    identity,
    challengeSid,
    tap: (headers) => rig.api.post(`${path}/notifications`).set(headers),
    look: (headers) => rig.api.get(path).set(headers),
  };
}

/** What an answer has as its code. */
export const told = (code: string) => (answer: { body: unknown }) => {
  const actual = (answer.body as { code?: unknown }).code;
  if (actual !== code) throw new Error(`told ${String(actual)} instead of ${code}`);
};
