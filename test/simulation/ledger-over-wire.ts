import {
  type DispatchCommand,
  type Dispatched,
  Ledger,
  type LedgerAnswer,
  type LedgerCommand,
  type LedgerOperation,
  type ReserveCommand,
  type Reserved,
} from '@resend/ports.js';
import { Refusal } from '@resend/refusals.js';
import { settlePersistently } from '@ledger/settling.js';
import { ranCommand } from './outside-record.js';
import type { Process } from './process.js';
import { ledgerFate } from './fault-rates.js';
import { currentTap, rehearsing } from './tap.js';
import { currentFaultRates, type World } from './world.js';

const COMMAND_TIMEOUT_MS = 250;

/** One process' connection to the ledger: what is not answered in time is given up, and may have run. */
export class LedgerOverWire extends Ledger {
  constructor(
    private readonly world: World,
    private readonly process: Process,
  ) {
    super();
  }

  override async reserve(identity: string, command: ReserveCommand): Promise<Reserved> {
    const tap = currentTap.getStore();
    if (tap) tap.id = command.id;
    const answer = await super.reserve(identity, command);
    if (tap && answer.kind === 'refused') tap.refused = answer;
    return answer;
  }

  override async dispatch(identity: string, command: DispatchCommand): Promise<Dispatched> {
    const tap = currentTap.getStore();
    const answer = await super.dispatch(identity, command).catch((cause: unknown) => {
      if (tap) this.world.record.unheard(tap);
      throw cause;
    });
    if (tap && answer.kind === 'dispatched') tap.heardGo = true;
    if (tap && answer.kind === 'refused') tap.refused = answer;
    return answer;
  }

  /** As the adapter in production does. */
  override async run<Op extends LedgerOperation>(
    operation: Op,
    identity: string,
    command: LedgerCommand<Op>,
  ): Promise<LedgerAnswer<Op>> {
    const attempt = () => this.attempt(operation, identity, command);
    if (operation !== 'settle') return attempt();
    return settlePersistently(attempt, {
      leaseMs: this.world.policy.leaseMs,
      now: () => this.process.monotonic(),
      sleep: (ms) => this.process.sleep(ms),
      isOver: () => false,
    });
  }

  private async attempt<Op extends LedgerOperation>(
    operation: Op,
    identity: string,
    command: LedgerCommand<Op>,
  ): Promise<LedgerAnswer<Op>> {
    const { world } = this;
    const tap = currentTap.getStore();
    const by = tap ? `tap ${tap.number}` : 'support';
    world.record.check(!rehearsing.getStore() || operation === 'peek', 'I6', `a dry run sent a ${operation}`);
    const reply = await this.process.exchange({
      what: () => `${by}: ${operation}`,
      fate: world.schedule.now < world.cutOffUntil ? {} : ledgerFate(world.random, currentFaultRates(world)),
      deadlineMs: COMMAND_TIMEOUT_MS,
      work: () => execute(world, { by, operation, identity, command, process: this.process.number }),
    });
    if (!reply) throw new Refusal('ledger-unavailable', { waitMs: 1000 });
    return reply.value;
  }
}

interface Execution<Op extends LedgerOperation> {
  readonly by: string;
  readonly operation: Op;
  readonly identity: string;
  readonly command: LedgerCommand<Op>;
  readonly process: number;
}

/** The moment in which the ledger runs a command. */
async function execute<Op extends LedgerOperation>(
  world: World,
  { by, operation, identity, command, process }: Execution<Op>,
): Promise<LedgerAnswer<Op>> {
  const { store, record, schedule, figures, tell } = world;
  figures.commands += 1;
  store.clock.now = schedule.now + world.skewMs(process);
  await store.beforeWrite(identity);
  record.beforeCommand(identity);
  const isHarmless = operation === 'reserve' || operation === 'peek' || operation === 'overview';
  const before = isHarmless ? store.remembered(identity) : undefined;
  const answer = await store.ledger.run(operation, identity, command);
  const alone = await store.aloneWith(identity).run(operation, identity, command);
  tell(() => `${by}: ${operation} ${record.readable({ ...command })} → ${record.readable(answer)}`);
  const ran = ranCommand({ operation, identity, command, answer });
  record.ran(ran);
  record.check(store.isSame(answer, alone), 'I12', 'another user changed the answer');
  if (before !== undefined) record.leftAlone(ran, before === store.remembered(identity));
  return answer;
}
