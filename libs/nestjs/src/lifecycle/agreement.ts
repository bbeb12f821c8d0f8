import { COMMON, type Common, type Fingerprint } from '@ledger/fingerprint.js';
import type { Log } from '@telemetry/log.js';
import type { Metrics } from '@telemetry/metrics.js';

/** Whether the ledger's Redis accepts writes, and all its instances have the same settings. Changes are logged. */
export class Agreement {
  private lastDifferences: readonly Common[] = [];
  private takesWrites = true;
  private checking: Promise<boolean> | undefined;

  constructor(
    private readonly fingerprint: Pick<Fingerprint, 'differences'>,
    private readonly metrics: Pick<Metrics, 'instancesDiffer'>,
    private readonly log: Log,
  ) {}

  /** False while Redis rejects writes, or another instance has a different hash secret. */
  holds(): Promise<boolean> {
    this.checking ??= this.check().finally(() => (this.checking = undefined));
    return this.checking;
  }

  private async check(): Promise<boolean> {
    try {
      const differences = await this.fingerprint.differences();
      this.toldWrites(true);
      this.toldDifferences(differences);
      return !differences.includes('hash-secret');
    } catch (error) {
      this.toldWrites(false, error);
      return false;
    }
  }

  private toldWrites(takesWrites: boolean, err?: unknown): void {
    if (takesWrites === this.takesWrites) return;
    this.takesWrites = takesWrites;
    if (takesWrites) this.log.info({ event: 'redis.writable' }, 'Redis accepts writes again');
    else this.log.error({ event: 'redis.unwritable', err }, 'Redis rejects writes; not ready until it accepts them');
  }

  private toldDifferences(differences: readonly Common[]): void {
    for (const what of COMMON) this.metrics.instancesDiffer.set({ what }, Number(differences.includes(what)));
    if (differences.join() === this.lastDifferences.join()) return;
    this.lastDifferences = differences;
    const line = { event: 'instances.differ', differences };
    if (differences.length === 0)
      this.log.info({ event: 'instances.agree' }, 'all instances on this Redis agree again');
    else if (differences.includes('hash-secret'))
      this.log.error(
        line,
        'not ready: other instances on this Redis use a different IDENTITY_HASH_SECRET; set the same value everywhere',
      );
    else
      this.log.warn(
        line,
        'other instances on this Redis use different limits or another version; unless this is a rollout, align them',
      );
  }
}
