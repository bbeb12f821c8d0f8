import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from './instance.js';
import type { LoginClient } from './login-client.js';
import type { Answer } from './outside-record.js';
import type { Seeded } from './seeded.js';
import type { Site } from './site.js';
import type { Witness } from './witness.js';

/** Told one of these, most people start the sign-in again. */
const OVER: ReadonlySet<string> = new Set([
  'challenge-approved',
  'challenge-denied',
  'challenge-expired',
  'challenge-limit',
  'challenge-not-found',
]);

/**
 * Somebody with several devices who taps twice, taps again without waiting, repeats a
 * press with its key whatever its answer was, looks, starts
 * the sign-in again, comes back to an older one, and sometimes answers on the phone. What is done comes from the seed;
 * when, only roughly.
 */
export class ImpatientUser {
  private readonly challenges: string[] = [];
  private lastKeyed: { readonly challengeSid: string; readonly key: string } | undefined;
  private keys = 0;

  constructor(
    private readonly name: string,
    private readonly devices: readonly LoginClient[],
    private readonly random: Seeded,
    private readonly site: Site,
    private readonly witness: Witness,
  ) {}

  async actUntil(end: number): Promise<void> {
    await this.startSignIn();
    while (Date.now() < end) {
      await sleep(this.random.between(50, 500));
      await this.act();
    }
  }

  private async act(): Promise<void> {
    const mood = this.random.next();
    if (mood < 0.03) return this.respond('denied');
    if (mood < 0.07) return this.respond('approved');
    if (mood < 0.2) return this.look();
    if (mood < 0.4 && this.lastKeyed) {
      const { challengeSid, key } = this.lastKeyed;
      return void (await this.press(challengeSid, key));
    }
    return this.tap();
  }

  /** One to three requests in the same moment: with one key, with a key each, or without. */
  private async tap(): Promise<void> {
    const challengeSid = this.challenge();
    const style = this.random.pick(['no key', 'one key', 'a key each'] as const);
    const key = this.nextKey();
    const requests = Array.from({ length: this.random.pick([1, 2, 2, 3]) }, async (_, index) => {
      const pauseMs = index * this.random.between(0, 60);
      const own = style === 'a key each' ? this.nextKey() : key;
      await sleep(pauseMs);
      return style === 'no key' ? this.press(challengeSid) : this.press(challengeSid, own);
    });
    const answers = await Promise.all(requests);
    if (answers.some((answer) => answer?.kind === 'refused' && OVER.has(answer.code)) && this.random.chance(0.7)) {
      await this.startSignIn();
    }
  }

  private async press(challengeSid: string, key?: string): Promise<Answer | undefined> {
    const instance = this.instance();
    if (instance === undefined) return undefined;
    const request = { user: this.name, challengeSid, ...(key !== undefined && { key }), at: Date.now() };
    const device = this.random.pick(this.devices);
    const told = await instance.ask((url) => device.press(url, challengeSid, key));
    this.witness.pressed(request, told);
    if (key !== undefined) this.lastKeyed = { challengeSid, key };
    return told.answer;
  }

  private async look(): Promise<void> {
    const instance = this.instance();
    if (instance === undefined) return;
    const challengeSid = this.challenge();
    const device = this.random.pick(this.devices);
    const told = await instance.ask((url) => device.look(url, challengeSid));
    this.witness.looked({ user: this.name, challengeSid }, told);
  }

  /** On the phone, which reaches Twilio without us. */
  private async respond(status: 'approved' | 'denied'): Promise<void> {
    const challengeSid = this.challenge();
    const at = Date.now();
    try {
      await this.site.simulate('POST', `/challenges/${challengeSid}/respond`, { status });
      this.witness.responded({ user: this.name, challengeSid, status, at });
    } catch {
      // answered or over before
    }
  }

  private async startSignIn(): Promise<void> {
    const { challengeSid } = await this.site.simulate<{ challengeSid: string }>('POST', '/challenges', {
      identity: this.name,
      ageSeconds: this.random.pick([0, 5, 60]),
      expiresInSeconds: this.random.pick([8, 60, 120]),
    });
    this.challenges.push(challengeSid);
  }

  /** Mostly the newest; sometimes a tab that was left open. */
  private challenge(): string {
    return this.random.pick(this.challenges.slice(this.random.chance(0.8) ? -1 : -3));
  }

  private instance(): Instance | undefined {
    const running = this.site.instances.filter(({ isRunning }) => isRunning);
    return running.length === 0 ? undefined : this.random.pick(running);
  }

  private nextKey(): string {
    this.keys += 1;
    return `press-${this.keys.toString().padStart(6, '0')}`;
  }
}
