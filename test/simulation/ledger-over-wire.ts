import {
  type ChallengeFact,
  type DispatchCommand,
  type Dispatched,
  Ledger,
  type Looked,
  type Overview,
  type ReserveCommand,
  type Reserved,
  type SettleCommand,
  type Settled,
  type Standing,
} from '@resend/ports.js';
import type { LedgerCall } from '@ledger/ledger-call.js';
import { Refusal } from '@resend/refusals.js';
import type { Process } from './process.js';
import { ledgerFate } from './weather.js';
import { currentTap, rehearsing } from './tap.js';
import { weatherNow, type World } from './world.js';

const COMMAND_TIMEOUT_MS = 250;
const SETTLE_RETRY_MS = [50, 200];

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
    const answer = await this.run('reserve', identity, command, (ledger) => ledger.reserve(identity, command));
    if (tap && answer.kind === 'refused') tap.refused = answer;
    return answer;
  }

  override async dispatch(identity: string, command: DispatchCommand): Promise<Dispatched> {
    const tap = currentTap.getStore();
    const answer = await this.run('dispatch', identity, command, (ledger) => ledger.dispatch(identity, command));
    if (tap && answer.kind === 'dispatched') tap.heardGo = true;
    if (tap && answer.kind === 'refused') tap.refused = answer;
    return answer;
  }

  /** As the adapter does it: three attempts. */
  override async settle(identity: string, command: SettleCommand): Promise<Settled> {
    const attempt = () => this.run('settle', identity, command, (ledger) => ledger.settle(identity, command));
    for (const pauseMs of SETTLE_RETRY_MS) {
      try {
        return await attempt();
      } catch {
        await this.process.sleep(pauseMs);
      }
    }
    return attempt();
  }

  override peek(identity: string, challengeSid: string, fact?: ChallengeFact): Promise<Standing> {
    return this.run('peek', identity, { challengeSid, fact }, (ledger) => ledger.peek(identity, challengeSid, fact));
  }

  override overview(identity: string): Promise<Overview> {
    return this.run('overview', identity, {}, (ledger) => ledger.overview(identity));
  }

  override look(identity: string, challengeSid: string): Promise<Looked> {
    return this.run('look', identity, { challengeSid }, (ledger) => ledger.look(identity, challengeSid));
  }

  override learn(identity: string, challengeSid: string, fact: ChallengeFact): Promise<Standing> {
    return this.run('learn', identity, { challengeSid, fact }, (ledger) => ledger.learn(identity, challengeSid, fact));
  }

  override reset(identity: string): Promise<void> {
    return this.run('reset', identity, {}, (ledger) => ledger.reset(identity));
  }

  override block(identity: string, durationMs: number): Promise<void> {
    return this.run('block', identity, { durationMs }, (ledger) => ledger.block(identity, durationMs));
  }

  override unblock(identity: string): Promise<void> {
    return this.run('unblock', identity, {}, (ledger) => ledger.unblock(identity));
  }

  private async run<Answer>(
    operation: LedgerCall['operation'],
    identity: string,
    command: object,
    ask: (ledger: Ledger) => Promise<Answer>,
  ): Promise<Answer> {
    const { world } = this;
    const tap = currentTap.getStore();
    const by = tap ? `tap ${tap.number}` : 'support';
    world.record.check(!rehearsing.getStore() || operation === 'peek', 'I6', `a dry run sent a ${operation}`);
    const reply = await this.process.exchange({
      what: () => `${by}: ${operation}`,
      fate: world.schedule.now < world.cutOffUntil ? {} : ledgerFate(world.random, weatherNow(world)),
      deadlineMs: COMMAND_TIMEOUT_MS,
      work: () => execute(world, { by, operation, identity, command, process: this.process.number }, ask),
    });
    if (!reply) throw new Refusal('ledger-unavailable', { waitMs: 1000 });
    return reply.value;
  }
}

interface Execution {
  readonly by: string;
  readonly operation: LedgerCall['operation'];
  readonly identity: string;
  readonly command: object;
  readonly process: number;
}

/** The moment in which the ledger runs a command. */
async function execute<Answer>(
  world: World,
  { by, operation, identity, command, process }: Execution,
  ask: (ledger: Ledger) => Promise<Answer>,
): Promise<Answer> {
  const { store, record, schedule, figures, tell } = world;
  figures.commands += 1;
  store.clock.now = schedule.now + world.skewMs(process);
  await store.beforeWrite(identity);
  record.beforeCommand(identity);
  const isHarmless = operation === 'reserve' || operation === 'peek' || operation === 'overview';
  const before = isHarmless ? store.remembered(identity) : undefined;
  const answer = await ask(store.ledger);
  const alone = await ask(store.aloneWith(identity));
  tell(() => `${by}: ${operation} ${record.readable({ ...command })} → ${record.readable(answer)}`);
  const ran = { operation, identity, command, answer };
  record.ran(ran);
  record.check(store.isSame(answer, alone), 'I12', 'another user changed the answer');
  if (before !== undefined) record.leftAlone(ran, before === store.remembered(identity));
  return answer;
}
