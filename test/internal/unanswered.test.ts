/** Commands that nobody answered may have run: each leaves an event that says so. */
import { beforeEach, describe, expect, test } from 'vitest';
import { PauseController } from '@nest/internal/pause.controller.js';
import { SessionsController } from '@nest/internal/sessions.controller.js';
import { CONTEXT, type HttpRequest } from '@nest/requests/request-context.js';
import type { AuditEvent } from '@audit/audit-trail.js';
import { MemoryAuditTrail } from '@audit/memory-audit-trail.js';
import { MemoryPause } from '@ledger/pause.js';
import { Refusal } from '@resend/refusals.js';
import { MemorySessionStore } from '@sessions/session-stores.js';
import { TokenSessions } from '@sessions/token-sessions.js';

const WHO = 'somebody-0001';
/** A request that a guard has let in. */
const request = {
  method: 'PUT',
  url: '/',
  headers: {},
  params: {},
  [CONTEXT]: { requestId: 'request-0001', actor: 'key:desk', twilio: [] },
} satisfies HttpRequest;
const silent = (code: 'ledger-unavailable' | 'session-unavailable') => () => Promise.reject(new Refusal(code));

let events: AuditEvent[];
let audit: MemoryAuditTrail;
beforeEach(() => {
  events = [];
  audit = new MemoryAuditTrail({
    maxEvents: 100,
    maxEventsOfUser: 100,
    retentionMs: 60_000,
    onEvent: (event) => void events.push(event),
  });
});
const told = () => events.map(({ type, user, changes }) => ({ type, user, changes }));

describe('the kill switch', () => {
  const begin = { paused: true, reason: 'incident 991', expiresInSeconds: 600 };
  const end = { paused: false, reason: 'all is well' };
  let pause: MemoryPause;
  let controller: PauseController;
  beforeEach(() => {
    pause = new MemoryPause(() => 0);
    controller = new PauseController(pause, audit);
  });

  test('may have been thrown, or not', async () => {
    pause.begin = silent('ledger-unavailable');
    await expect(controller.set(request, begin)).rejects.toThrow('ledger-unavailable');
    expect(told()).toEqual([{ type: 'pause.set', changes: { expiresInSeconds: 600, outcome: 'unknown' } }]);
  });

  test('may have been taken back, or not', async () => {
    await controller.set(request, begin);
    pause.end = silent('ledger-unavailable');
    await expect(controller.set(request, end)).rejects.toThrow('ledger-unavailable');
    expect(told().slice(1)).toEqual([{ type: 'pause.ended', changes: { leftSeconds: 600, outcome: 'unknown' } }]);
  });
});

describe('a session', () => {
  const user = `hash of ${WHO}`;
  let store: MemorySessionStore;
  let controller: SessionsController;
  beforeEach(() => {
    store = new MemorySessionStore();
    controller = new SessionsController(new TokenSessions(store), audit, (identity) => `hash of ${identity}`);
  });

  test('may have been registered, or not: nobody knows its id', async () => {
    store.put = silent('session-unavailable');
    const registering = controller.register(request, { identity: WHO, expiresInSeconds: 60 });
    await expect(registering).rejects.toThrow('session-unavailable');
    const changes = { expiresAt: expect.any(String), outcome: 'unknown' };
    expect(told()).toEqual([{ type: 'session.registered', user, changes }]);
  });

  test('may have been ended, or not', async () => {
    const { id } = await controller.register(request, { identity: WHO, expiresInSeconds: 60 });
    store.delete = silent('session-unavailable');
    await expect(controller.revoke(request, { id })).rejects.toThrow('session-unavailable');
    expect(told().slice(1)).toEqual([{ type: 'session.ended', user, changes: { sessionId: id, outcome: 'unknown' } }]);
  });

  test('that could not even be looked for was not ended', async () => {
    const { id } = await controller.register(request, { identity: WHO, expiresInSeconds: 60 });
    store.get = silent('session-unavailable');
    await expect(controller.revoke(request, { id })).rejects.toThrow('session-unavailable');
    expect(told()).toHaveLength(1);
  });
});
