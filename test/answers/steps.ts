import type { Login } from '../support/rig.js';
import type { Message } from './message.js';
import type { Scene, Step } from './scene.js';

/** Asks, and records the answer. @param keep values to remember, by the property of the answer's body that has each */
export function ask(name: string, message: Message, keep: Readonly<Record<string, string>> = {}): Step {
  return {
    name,
    play: (scene) => {
      scene.begin(name, message, keep);
      return scene.end(name);
    },
  };
}

/** Asks once for each row of a table, in one way. */
export function askEach<Row>(
  rows: Readonly<Record<string, Row>>,
  message: (row: Row) => Message,
  name: (label: string) => string = (label) => label,
): Step[] {
  return Object.entries(rows).map(([label, row]) => ask(name(label), message(row)));
}

/** Asks, and goes on while the service is at work; `answerTo` records the answer. */
export function begin(name: string, message: Message): Step {
  return { play: async (scene) => scene.begin(name, message) };
}

/** Waits for the answer to what was begun under this name, and records it. */
export function answerTo(name: string): Step {
  return { name, play: (scene) => scene.end(name) };
}

/** Does something that nothing is recorded of. */
export function act(play: (scene: Scene) => Promise<unknown>): Step {
  return { play };
}

/** Moves the test clock. */
export function wait(seconds: number): Step {
  return { movesClock: true, play: async ({ rig }) => rig.wait(seconds) };
}

/**
 * A user with a Challenge that is pending and 65 seconds old, and a session: from now on messages may name `<identity>`,
 * `<challenge>`, `<token>` and `<session>`, the session's id.
 * @param as put in front of these names: with `other` it is `<other challenge>`
 */
export function login({ as, ...options }: Login & { readonly as?: string } = {}): Step {
  return act(async (scene) => {
    const { identity, challengeSid, token } = await scene.rig.login({ ageSeconds: 65, ...options });
    const named = { token, session: token.split('_')[1] ?? '', identity, challenge: challengeSid };
    for (const [name, value] of Object.entries(named)) scene.know(as === undefined ? name : `${as} ${name}`, value);
  });
}

/** One more Challenge of the user, for a session that is not bound to one: `<challenge>` is this one from now on. */
export function nextChallenge(options: Omit<Login, 'identity' | 'isUnbound'> = {}): Step {
  return act(async (scene) => {
    const wanted = { identity: scene.value('identity'), ageSeconds: 65, ...options };
    const made = await scene.rig.simulate<{ challengeSid: string }>('POST', '/challenges', wanted);
    scene.know('challenge', made.challengeSid);
  });
}

/** The user answers on the phone. */
export function respond(status: 'approved' | 'denied'): Step {
  return act(async (scene) => {
    await scene.rig.simulate('POST', `/challenges/${scene.value('challenge')}/respond`, { status });
  });
}

/** Twilio misbehaves from now on. @param kind of the simulator's faults @param more of its properties: `times`, `delayMs` */
export function fault(operation: 'fetchChallenge' | 'createNotification', kind: string, more: object = {}): Step {
  return act(({ rig }) => rig.simulate('POST', '/faults', { operation, kind, ...more }));
}

/** Twilio behaves again. */
export const noFaults: Step = act(({ rig }) => rig.simulate('DELETE', '/faults'));

/** Waits until a request that was begun has reached Twilio and has no answer yet. */
export function reaches(operation: 'fetchChallenge' | 'createNotification'): Step {
  return act(async (scene) => {
    const path = `/journal?challengeSid=${scene.value('challenge')}`;
    for (;;) {
      const journal = await scene.rig.simulate<{ operation: string; status: number | null }[]>('GET', path);
      if (journal.some((entry) => entry.operation === operation && entry.status === null)) return;
    }
  });
}
