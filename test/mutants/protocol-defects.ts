import type { Invariant } from '../simulation/probes.js';
import type { Options } from '../simulation/simulation.js';
import type { Edit } from './broken-copy.js';

/** One deliberate defect of the protocol. */
export interface Defect {
  readonly name: string;
  /** The invariants that it breaks: the first violation is one of these. */
  readonly breaks: readonly string[];
  readonly edits: readonly Edit[];
  readonly options?: Options;
  /** It takes hundreds of histories to notice. */
  readonly isRare?: boolean;
}

/** For each invariant a defect that breaks it and no other. */
export const ALONE: Readonly<Record<Invariant, string>> = {
  I1: 'a limit of one more',
  I2: 'a cooldown 1 ms short',
  I3: 'a cap of one more',
  I4: 'unknown is given back by the story',
  I5: 'a key for any request',
  I6: 'a refusal that is remembered',
  I7: 'a user is never forgotten',
  I8: 'a denied Challenge is open',
  I9: 'a dispatched resend whose lease is over is still under way',
  I10: 'a ttl beyond the next cooldown',
  I11: 'a wait told a millisecond too long',
  I12: 'an answer that is remembered by its Challenge alone',
  I13: 'no fence in the story',
  I14: 'a webhook about a pending Challenge teaches nothing',
  I15: 'an end is told every time',
  I16: 'a guess more',
};

const rules = (text: string, instead: string): Edit => ({ file: 'rules.ts', text, instead });
const story = (text: string, instead: string): Edit => ({ file: 'resend.service.ts', text, instead });
const ttl = (text: string, instead: string): Edit => ({ file: 'ttl.ts', text, instead });
const ledger = (text: string, instead: string): Edit => ({ file: 'in-process-ledger.ts', text, instead });

const defect = (name: string, breaks: string, ...edits: readonly Edit[]): Defect => ({
  name,
  breaks: breaks.split(' '),
  edits,
  isRare: RARE.has(name),
});

const COUNTED = 'now - resend.at < windowMs && !resend.cleared';
const LEAVES_FIRST = 'const leavesFirst = inWindow[inWindow.length - limit];';
const COOLDOWN_LEFT = 'lastPush + cooldownAfter(resendsOf(state, challengeSid), policy) - now);';
const IS_OPEN = 'return resend.until !== undefined && now < resend.until;';
const IS_USED_UP = 'return resendsOf(state, challengeSid) >= policy.maxPerChallenge;';
const LEAVING = "const leaving: Resend = { ...afresh, state: 'dispatched', at: now, until: now + policy.leaseMs };";
const COALESCED = 'now - twin.settled < policy.coalesceMs';
const SETTLED_BEFORE = "if (!own || own.state === 'sent' || own.state === 'unknown') return { kind: 'ignored'";
const KEYED = 'const keyed = key && state.resends.find((resend) => resend.keys?.[key.hash] !== undefined);';
const GIVEN_BACK = ': { ...state, resends: state.resends.filter((resend) => resend !== own) },';
const UNKNOWN = "return { kind: 'settled', after: replaceResend(state, { ...unleased, state: 'unknown' }) };";
const WAIT = 'const waitMs = Math.max(holdMs, windowMs, cooldownMs);';
const HOLD_LEFT = 'Math.max(0, denied + denyHoldMs - now)';
const FROM_NOWHERE = "if (!isFinal && known?.status !== 'pending') return { state };";
const ENDED = 'isFinal || !isEnd(status) || now - at >= CHALLENGE_RETENTION_MS';
const DISPATCHED_OF = "resends.filter(({ challenge, state }) => challenge === challengeSid && state !== 'reserved')";
const SETTLING = 'const { kind, after } = settled(refresh(before, now, policy), command, now);';
const LEARNING = 'const { state, ...news } = fact ? learnt(after, challengeSid, fact, now) : { state: after };';
const SUPPOSING = 'return { state, answer: standingOf(supposed, challengeSid, now, policy) };';
const NOT_PAUSED = '    await this.mustNotBePaused(tap);\n';
const NOT_KNOWN = "return status === 'not-found' || (status === undefined && !exhausted && !notPush);";
const ASKING = "const isAsking = stage === 'reserved' && !isKnown(state, challenge);";
const GUESSES = 'return guesses.size >= MAX_UNKNOWN && !guesses.has(challengeSid);';
const APPROVED = "if (status === 'approved') return cleared(state, at);";

const RARE: ReadonlySet<string> = new Set([
  'the lease is not renewed',
  'an approval ends a hold',
  'a wait that is not the longest',
  'a tap ends the question of a look about the same',
]);

export const DEFECTS: readonly Defect[] = [
  // Windows, cooldowns, caps.
  defect('a limit of one more', 'I1', rules(LEAVES_FIRST, LEAVES_FIRST.replace('- limit', '- limit - 1'))),
  defect('a window 1 ms short', 'I1 I4 I11', rules(COUNTED, COUNTED.replace('< windowMs', '< windowMs - 1'))),
  defect('a window 1 ms long', 'I4 I11', rules(COUNTED, COUNTED.replace('<', '<='))),
  defect('a cooldown 1 ms short', 'I2 I11', rules(COOLDOWN_LEFT, COOLDOWN_LEFT.replace('- now', '- now - 1'))),
  defect('no cooldown after the automatic push', 'I2', rules('Math.max(automatic ?? 0, ...', 'Math.max(0, ...')),
  defect(
    'always the first cooldown',
    'I2 I10',
    rules('cooldownAfter(resendsOf(state, challengeSid), policy)', 'cooldownAfter(0, policy)'),
  ),
  defect('no cap for a Challenge', 'I3', rules(IS_USED_UP, 'return false;')),
  defect('a cap of one more', 'I3', rules(IS_USED_UP, IS_USED_UP.replace('>=', '>'))),
  {
    ...defect('the clock of the caller', 'I1 I2 I4 I5 I11 I13'),
    options: { skewMs: (process) => process * 1500 },
  },

  // What is given back, and what is not.
  defect(
    'a lease that is over is given back although it was dispatched',
    'I1 I2 I3 I4 I5',
    rules("resend.state === 'reserved' && !isOpen(resend, now)", 'resend.until !== undefined && !isOpen(resend, now)'),
  ),
  defect(
    'unknown is given back by the ledger',
    'I4',
    rules(UNKNOWN, UNKNOWN.replace("replaceResend(state, { ...unleased, state: 'unknown' })", GIVEN_BACK.slice(2, -1))),
  ),
  defect(
    'unknown is given back by the story',
    'I4',
    story('await settle({ settlement: created })', 'await settle({ settlement: NOT_SENT })'),
  ),
  defect(
    'the last one is given back, whichever it is',
    'I4 I9',
    rules(GIVEN_BACK, ': { ...state, resends: state.resends.slice(0, -1) },'),
  ),
  defect(
    'nothing is given back',
    'I4',
    rules(GIVEN_BACK, ": replaceResend(state, { ...unleased, state: 'unknown' }),"),
  ),
  defect(
    'a resend that was overtaken is given back',
    'I4 I10',
    rules('after: isOvertaken(state, own)', 'after: Date.now() < 0'),
  ),
  defect('settled twice', 'I4', rules(SETTLED_BEFORE, "if (!own) return { kind: 'ignored'")),

  // Leases.
  defect('no restamp', 'I1 I2 I4 I13 I15', rules(LEAVING, LEAVING.replace(' at: now,', ''))),
  defect(
    'the lease is not renewed',
    'I13 I4 I5 I9',
    rules(LEAVING, LEAVING.replace('until: now + policy.leaseMs', 'until: own.until ?? 0')),
  ),
  defect(
    'no fence in the story',
    'I13',
    story("if (dispatched.kind === 'lost')", "if (dispatched.kind === ('never' as string))"),
  ),
  defect(
    'no fence in the ledger',
    'I13 I4 I16',
    rules('if (!own || !isOpen(own, now)) return', 'if (!own) return'),
    rules("resend.state === 'reserved' && !isOpen(resend, now)", 'false'),
  ),
  defect('a lease 1 ms long', 'I4 I5 I9 I11 I13', rules(IS_OPEN, IS_OPEN.replace('<', '<='))),
  defect('a lease that never ends', 'I4 I5 I9 I11 I16', rules(IS_OPEN, 'return resend.until !== undefined;')),
  defect(
    'a dispatched resend whose lease is over is still under way',
    'I9',
    rules(
      'const open = state.resends.find((resend) => isOpen(resend, now)',
      "const open = state.resends.find((resend) => (isOpen(resend, now) || resend.state === 'dispatched')",
    ),
  ),
  defect('a user is never forgotten', 'I7', ledger('if (endsAt > now) return;', 'if (now > 0) return;')),
  defect('two under way', 'I11 I13', rules('if (open) return inProgress(open, now);', '')),
  defect(
    'a reserve that arrives twice is another tap',
    'I5',
    rules('if (state.resends.some((resend) => resend.id === id)) {', 'if (state.resends.length > 999) {'),
  ),
  defect(
    'a dispatch that arrives twice is another one',
    'I13 I2 I4',
    rules("if (own.state === 'dispatched') {", 'if (false) {'),
  ),

  // Keys.
  defect(
    'a key whose process crashed may send again',
    'I5',
    rules(KEYED, KEYED.replace(');', ' && (resend.sid !== undefined || isOpen(resend, now)));')),
  ),
  defect('a key for any request', 'I5', rules('if (keyed.keys?.[key.hash] !== key.request)', 'if (false)')),
  defect('a key under way is answered as done', 'I5', rules('if (isOpen(keyed, now)) return', 'if (false) return')),
  defect('keys are not remembered', 'I5', rules('...(key && { keys: { [key.hash]: key.request } }),', '')),
  defect('coalesces 1 ms too long', 'I5 I11', rules(COALESCED, COALESCED.replace('<', '<='))),
  defect(
    'coalesces over Challenges',
    'I5',
    rules('state.resends.findLast((resend) => resend.challenge === challengeSid)', 'state.resends.at(-1)'),
  ),

  // Towards Twilio.
  defect(
    'a create that is tried again',
    'I4 I5 I13',
    story(
      'const created = await this.verify.createNotification(identity, challengeSid, { ttlSeconds, sendBefore });',
      `let created = await this.verify.createNotification(identity, challengeSid, { ttlSeconds, sendBefore });
       if (created.outcome === 'unknown') created = await this.verify.createNotification(identity, challengeSid, { ttlSeconds, sendBefore });`,
    ),
  ),
  defect(
    'a create after a dispatch whose reply was lost',
    'I13',
    story(
      'throw cause;\n    }\n  }\n\n  private ttlOf',
      "return { kind: 'dispatched', at: 0, standing: { next: { code: 'ready' }, resends: { used: 1, limit: 2 }, windows: [] } };\n    }\n  }\n\n  private ttlOf",
    ),
  ),
  defect(
    'a create that may leave at any time',
    'I13',
    story('{ ttlSeconds, sendBefore });', '{ ttlSeconds, sendBefore: Infinity });'),
  ),
  defect(
    'a time to leave that counts from the reply',
    'I13',
    story(
      '{ ttlSeconds, sendBefore });',
      '{ ttlSeconds, sendBefore: this.clock.now() + this.deadlines.dispatchToSendMs });',
    ),
  ),
  defect(
    'a ttl beyond the next cooldown',
    'I10',
    ttl('const isLast = sent >= policy.maxPerChallenge;', 'const isLast = true;'),
  ),
  defect('a ttl that forgets how long a create may take', 'I10', ttl('- createMs - dispatchToSendMs', '')),
  defect('an error when settling fails', 'I5', story('if (cause instanceof Refusal) return otherwise;', '')),
  defect(
    'a create without a dispatch',
    'I13',
    story(
      'const dispatched = await this.dispatch(',
      "const dispatched = Math.random() < 2 ? { kind: 'dispatched', at: 0, standing: reserved.standing } as Dispatched : await this.dispatch(",
    ),
  ),

  // What is learnt, and who is asking.
  defect(
    'a denial holds nobody',
    'I8 I11',
    rules("if (status === 'denied') return {", "if (status === ('never' as string)) return {"),
  ),
  defect('a hold 1 ms short', 'I8 I11', rules(HOLD_LEFT, HOLD_LEFT.replace('- now', '- now - 1'))),
  defect(
    'a denied Challenge is open',
    'I8',
    rules("if (challenge?.status === 'denied') return { code: 'challenge-denied' };", ''),
  ),
  defect('an approval starts nothing afresh', 'I4', rules(APPROVED, '')),
  defect(
    'an approval ends a hold',
    'I8 I11',
    rules(
      APPROVED,
      "if (status === 'approved') { const { denied: _gone, ...rest } = cleared(state, at); return rest; }",
    ),
  ),
  defect(
    'a block that dispatch does not see',
    'I8',
    rules(
      'const verdict = verdictOn(returned, challengeSid, now, policy);',
      'const verdict = verdictOn((({ blockedUntil: _unseen, ...rest }) => rest)(returned), challengeSid, now, policy);',
    ),
  ),
  // Webhooks, and how a Challenge ended.
  defect('a webhook about an unknown Challenge takes effect', 'I14', rules(FROM_NOWHERE, '')),
  defect(
    'a webhook about a Challenge that was only asked about takes effect',
    'I14',
    rules(FROM_NOWHERE, 'if (!known) return { state };'),
  ),
  defect(
    'a webhook about an unknown Challenge takes effect while a resend of it is open',
    'I14',
    rules(
      FROM_NOWHERE,
      "const isOurs = state.resends.some((resend) => resend.challenge === challengeSid && isOpen(resend, now)); if (!isFinal && known?.status !== 'pending' && !isOurs) return { state };",
    ),
  ),
  defect(
    'a webhook about a pending Challenge teaches nothing',
    'I14',
    rules(FROM_NOWHERE, 'if (!isFinal) return { state };'),
  ),
  defect(
    'a webhook takes effect every time',
    'I4 I11',
    rules(
      'isFinal ? as(fact.status) : answered(as(fact.status), fact.status, now)',
      'answered(as(fact.status), fact.status, now)',
    ),
  ),
  defect(
    'a webhook about an unknown Challenge is not fetched',
    'I14',
    story('if (known.challenge) return known;', 'if (Date.now() > 0) return known;'),
  ),
  defect(
    'a webhook that is faster than Twilio’s record is dropped',
    'I14',
    story('return isFaster ? ledger.learn(identity, challengeSid, word) : standing;', 'return standing;'),
  ),
  defect('an end is told every time', 'I15', rules(ENDED, ENDED.replace('isFinal || ', ''))),
  defect('an end is told by nobody', 'I15', rules(ENDED, 'Date.now() > 0')),
  defect(
    'an end that a fetch taught is told by nobody',
    'I15',
    rules('fact.status, at), ...ended(fact.status, endedAt) };', 'fact.status, at) };'),
  ),
  defect(
    'an end counts what was merely reserved',
    'I15 I4',
    rules(DISPATCHED_OF, DISPATCHED_OF.replace(" && state !== 'reserved'", '')),
  ),
  defect(
    'an end counts resends of other Challenges',
    'I15 I4',
    rules(DISPATCHED_OF, DISPATCHED_OF.replace('challenge === challengeSid && ', '')),
  ),
  defect('an end of long ago is told', 'I15', rules(ENDED, 'isFinal || !isEnd(status)')),
  defect('an end counts what left after it', 'I15', rules('.filter((resend) => resend.at <= at);', ';')),
  defect(
    'an end as of when it was learnt',
    'I15',
    rules('...ended(fact.status, endedAt) };', '...ended(fact.status, now) };'),
  ),
  defect(
    'a settling that learns first',
    'I15',
    rules(
      SETTLING,
      `const fresh = refresh(before, now, policy);
       const { state: taught, ...early } = fact ? learnt(fresh, challengeSid, fact, now) : { state: fresh };
       const { kind, after } = settled(taught, command, now);`,
    ),
    rules(LEARNING, 'const { state, ...news } = { state: after, ...early };'),
  ),
  defect(
    'what is supposed is remembered',
    'I6',
    rules(SUPPOSING, 'return { state: supposed, answer: standingOf(supposed, challengeSid, now, policy) };'),
  ),
  defect(
    'an end is told that is only supposed',
    'I15',
    rules(
      SUPPOSING,
      'return { state, answer: { ...standingOf(supposed, challengeSid, now, policy), ...(fact && learnt(state, challengeSid, fact, now)) } };',
    ),
  ),
  defect(
    'a rehearsal that learns',
    'I6',
    story(
      'return ledger.peek(identity, challengeSid, fetched.fact);',
      'return ledger.learn(identity, challengeSid, fetched.fact);',
    ),
  ),
  defect(
    'a Challenge that an overview leaves out',
    'I14',
    rules(
      'challenges: state.challenges.map(({ sid, created })',
      'challenges: state.challenges.slice(1).map(({ sid, created })',
    ),
  ),

  // Guessing.
  defect('a question counts as a guess once it is answered', 'I16', rules(NOT_KNOWN, "return status === 'not-found';")),
  defect('a tap is no guess before it is answered', 'I16', rules(ASKING, 'const isAsking = Date.now() < 0;')),
  defect('a guess more', 'I16', rules(GUESSES, GUESSES.replace('>=', '>'))),
  defect('a guess less', 'I16', rules(GUESSES, GUESSES.replace('>= MAX_UNKNOWN', '>= MAX_UNKNOWN - 1'))),
  defect('guesses are not bounded', 'I16', rules(GUESSES, 'return false;')),
  defect('a guess that counts already is refused', 'I16', rules(GUESSES, 'return guesses.size >= MAX_UNKNOWN;')),
  defect(
    'a question that nobody answers counts for ever',
    'I9 I11 I16',
    rules('isUnknown(challenge) && now < end', 'isUnknown(challenge)'),
  ),
  defect(
    'a tap ends the question of a look about the same',
    'I11 I16',
    rules('Math.max(until, ends.get(challenge) ?? 0)', 'until'),
  ),
  defect('what is known counts as a guess', 'I16', rules('if (isKnown(state, challengeSid)) return false;', '')),
  defect(
    'what was asked about once may be asked about at any time',
    'I16',
    rules(
      'if (isKnown(state, challengeSid)) return false;',
      'if (state.challenges.some(({ sid }) => sid === challengeSid)) return false;',
    ),
  ),

  // The kill switch.
  defect('a kill switch that stops nobody', 'kill-switch', story(NOT_PAUSED, '')),
  defect(
    'a kill switch behind the reservation',
    'kill-switch',
    story(NOT_PAUSED, ''),
    story("if (reserved.kind === 'replayed') return asBefore(reserved);", 'await this.mustNotBePaused(tap);'),
  ),

  defect(
    'a wait told a millisecond too long',
    'I11',
    rules("return { code: 'cooling-down', waitMs };", "return { code: 'cooling-down', waitMs: waitMs + 1 };"),
  ),
  defect('a wait that is not the longest', 'I11', rules(WAIT, 'const waitMs = holdMs || windowMs || cooldownMs;')),
  defect(
    'a refusal that is remembered',
    'I6',
    rules(
      "if (verdict.code !== 'ready') return { state, answer: refused(verdict, standing()) };",
      "if (verdict.code !== 'ready') return { state: remembered(state, { sid: challengeSid, seen: now }, now), answer: refused(verdict, standing()) };",
    ),
  ),
  defect(
    'an answer that is remembered by its Challenge alone',
    'I12',
    story(
      '  private readonly misses: {',
      '  private readonly answers = new Map<string, Resent>();\n  private readonly misses: {',
    ),
    story(
      '    const ledger = this.ledgers.by(tap.by);\n    const id = reservationId();',
      `    const answer = this.answers.get(challengeSid);
    if (answer) return { ...answer, replayed: true };
    const ledger = this.ledgers.by(tap.by);
    const id = reservationId();`,
    ),
    story(
      'return { notification: { sid, ttlSeconds, sentAt: dispatched.at }, standing, replayed: false };',
      `const sent = { notification: { sid, ttlSeconds, sentAt: dispatched.at }, standing, replayed: false };
        this.answers.set(challengeSid, sent);
        return sent;`,
    ),
  ),
  defect(
    'everybody is one user',
    'I4 I6 I11 I12',
    ledger('this.users.get(identity)?.state', '[...this.users.values()].at(-1)?.state'),
  ),
];
