import type { Redis } from 'ioredis';

/** Can this instance do its work? The in-process ledger always can. */
export class Readiness {
  constructor(private readonly redis: Redis | undefined) {}

  async isLedgerReady(): Promise<boolean> {
    try {
      return this.redis === undefined || (await this.redis.ping()) === 'PONG';
    } catch {
      return false;
    }
  }
}
