import { setTimeout as sleep } from 'node:timers/promises';
import type { Site } from './site.ts';

const AUTOMATIC_PUSH_AGO_SECONDS = 60;

/** A login screen and the phone that belongs to it. */
interface Login {
  readonly identity: string;
  tap(): Promise<Reply>;
  look(): Promise<Reply>;
  answer(status: 'approved' | 'denied'): Promise<unknown>;
}

interface Reply {
  readonly status: number;
  readonly code: string;
}

/** The people who log in: most answer their first push, some press the button, a few never answer. */
export class Crowd {
  private readonly site: Site;
  private readonly people = new Set<Promise<void>>();
  private isOpen = true;

  constructor(site: Site) {
    this.site = site;
  }

  /** People arrive at this rate until `leave`. */
  async come(perSecond: number): Promise<void> {
    while (this.isOpen) {
      const person = this.logIn().catch(reportFailure);
      this.people.add(person);
      void person.then(() => this.people.delete(person));
      await sleep((1000 / perSecond) * (0.5 + Math.random()));
    }
  }

  /** Stops new arrivals, and waits until the last person has finished. */
  async leave(): Promise<void> {
    this.isOpen = false;
    await Promise.all(this.people);
  }

  /** An attacker who knows these users' passwords sends each of them a push, and goes on pressing after they deny it. */
  async bomb(identities: readonly string[], seconds: number): Promise<void> {
    const giveUpAt = Date.now() + seconds * 1000;
    const bombed = identities.map(async (identity) => {
      await sleep(Math.random() * 8000);
      const login = await this.login(identity);
      while ((await login.tap()).status !== 201 && Date.now() < giveUpAt) await sleep(500);
      await sleep(1000 + Math.random() * 2000);
      await login.answer('denied');
      const again = await this.login(identity);
      for (let turn = 0; Date.now() < giveUpAt; turn++) {
        await (turn % 2 === 0 ? login : again).tap();
        await sleep(2000 + Math.random() * 1000);
      }
    });
    await Promise.all(bombed);
  }

  private async logIn(): Promise<void> {
    const login = await this.login();
    await login.look();
    await sleep(500 + Math.random() * 1000);
    if (Math.random() < 0.65) return this.decide(login, 0.97);
    await login.tap();
    if (Math.random() < 0.15) await login.tap();
    await sleep(500 + Math.random() * 4000);
    if (Math.random() < 0.3) await login.tap();
    await sleep(Math.random() * 1000);
    await this.decide(login, 0.8);
  }

  private async decide(login: Login, approves: number): Promise<void> {
    const chance = Math.random();
    if (chance < approves) await login.answer('approved');
    else if (chance < approves + 0.02) await login.answer('denied');
    else await sleep(12_000);
    await login.look();
  }

  private async login(identity = `tour-${crypto.randomUUID()}`): Promise<Login> {
    const { site } = this;
    const wanted = { identity, ageSeconds: AUTOMATIC_PUSH_AGO_SECONDS, expiresInSeconds: 14 };
    const { challengeSid } = await site.simulate<{ challengeSid: string }>('POST', '/challenges', wanted);
    const session = { identity, challengeSid, expiresInSeconds: 300 };
    const { token } = await site.consume<{ token: string }>('POST', '/sessions', session);
    const ask = async (method: string, path: string): Promise<Reply> => {
      const { url } = site.instances[Math.floor(Math.random() * site.instances.length)] ?? { url: '' };
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${url}/v1/challenges/${challengeSid}${path}`, { method, headers });
      const { code = '' } = (await response.json()) as { code?: string };
      return { status: response.status, code };
    };
    return {
      identity,
      tap: () => ask('POST', '/notifications'),
      look: () => ask('GET', ''),
      answer: (status) => site.simulate('POST', `/challenges/${challengeSid}/respond`, { status }),
    };
  }
}

function reportFailure(error: unknown): void {
  console.error(`A simulated login failed: ${error instanceof Error ? error.message : String(error)}`);
}
