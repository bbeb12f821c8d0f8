import type { SUBJECTS } from '../contract/ledger-contract.js';

/** One deliberate defect of the script: its name, a text that stands there once, and the text in its place. */
export type LedgerDefect = readonly [name: string, sound: string, broken: string];

/** By the subject of the contract whose facts find it out. */
export const LEDGER_DEFECTS: Readonly<Record<keyof typeof SUBJECTS | 'expiry', readonly LedgerDefect[]>> = {
  decisions: [
    [
      'a cooldown 1 ms short',
      'lastPush + cooldownAfter(resendsOf(sid)) - now',
      'lastPush + cooldownAfter(resendsOf(sid)) - 1 - now',
    ],
    [
      'a cooldown 1 ms long',
      'lastPush + cooldownAfter(resendsOf(sid)) - now',
      'lastPush + cooldownAfter(resendsOf(sid)) + 1 - now',
    ],
    ['always the first cooldown', 'math.min(resends + 1, #policy.cooldownsMs)', '1'],
    ['no cooldown after the automatic push', 'challenge and challenge.created or 0', '0'],
    [
      'a cooldown for each Challenge',
      'lastPush = math.max(lastPush, resend.at) end',
      'if resend.challenge == sid then lastPush = math.max(lastPush, resend.at) end end',
    ],
    ['a window 1 ms short', 'now - resend.at < windowMs and', 'now - resend.at < windowMs - 1 and'],
    ['a window 1 ms long', 'now - resend.at < windowMs and', 'now - resend.at <= windowMs and'],
    [
      'a limit of one more',
      'inWindow[#inWindow - limit.limit + 1]\n  if not',
      'inWindow[#inWindow - limit.limit]\n  if not',
    ],
    [
      'a limit of one less',
      'inWindow[#inWindow - limit.limit + 1]\n  if not',
      'inWindow[#inWindow - limit.limit + 2]\n  if not',
    ],
    ['the shortest window only', 'windowMs = math.max(windowMs, windowLeft(limit))', 'windowMs = windowLeft(limit)'],
    [
      'the wait of the hold alone',
      'local waitMs = math.max(holdMs, windowMs, cooldownMs)',
      'local waitMs = holdMs > 0 and holdMs or math.max(windowMs, cooldownMs)',
    ],
    [
      'the wait of the window alone',
      'local waitMs = math.max(holdMs, windowMs, cooldownMs)',
      'local waitMs = windowMs > 0 and math.max(holdMs, windowMs) or math.max(holdMs, cooldownMs)',
    ],
    ['no rule of one in flight', 'if isOpen(resend) and resend.id ~= except then return inProgress(resend) end', ''],
    [
      'one in flight for each Challenge',
      'if isOpen(resend) and resend.id ~= except then',
      'if isOpen(resend) and resend.id ~= except and resend.challenge == sid then',
    ],
    ['no cap', 'return resendsOf(sid) >= policy.maxPerChallenge', 'return false'],
    [
      'a cap of one more',
      'return resendsOf(sid) >= policy.maxPerChallenge',
      'return resendsOf(sid) > policy.maxPerChallenge',
    ],
    ['60309 forgotten', 'challenge.exhausted = true', ''],
    [
      'an age 1 ms long',
      'now - challenge.created > policy.maxChallengeAgeMs',
      'now - challenge.created > policy.maxChallengeAgeMs + 1',
    ],
    [
      'an age 1 ms short',
      'now - challenge.created > policy.maxChallengeAgeMs',
      'now - challenge.created >= policy.maxChallengeAgeMs',
    ],
    ['coalescing from the dispatch', 'now - twin.settled < policy.coalesceMs', 'now - twin.at < policy.coalesceMs'],
  ],
  keys: [
    [
      'no request behind a key',
      "if request ~= key.request then return refused({ code = 'idempotency-key-reused' }, sid) end",
      '',
    ],
    ['a key in flight told as done', 'if isOpen(resend) then return refused(inProgress(resend), sid) end', ''],
    ['the key of a coalesced tap not bound', 'twin.keys[key.hash] = key.request\n', ''],
    ['coalescing 1 ms long', 'now - twin.settled < policy.coalesceMs', 'now - twin.settled <= policy.coalesceMs'],
    ['a ninth key', 'if keys < MAX_KEYS then', 'if true then'],
    [
      'a repeated reserve told as in progress',
      "if findResend(command.id) then return { kind = 'granted', standing = standingOf(sid) } end",
      '',
    ],
    ['24 hours 1 ms short', 'local RETENTION_MS = 24 * 3600000', 'local RETENTION_MS = 24 * 3600000 - 1'],
  ],
  dispatching: [
    [
      'no restamp at dispatch',
      "own.state, own.at, own['until'], own.cleared = 'dispatched', now, now + policy.leaseMs, nil",
      "own.state, own['until'], own.cleared = 'dispatched', now + policy.leaseMs, nil",
    ],
    [
      'a lease not renewed at dispatch',
      "own.state, own.at, own['until'], own.cleared = 'dispatched', now, now + policy.leaseMs, nil",
      "own.state, own.at, own.cleared = 'dispatched', now, nil",
    ],
    [
      'no fence at dispatch: what came between',
      "  local verdict = verdictOn(sid)\n  if verdict.code ~= 'ready' then return refused(verdict, sid) end\n\n  own.state",
      '  own.state',
    ],
    ['no fence at dispatch: a lease that is over', 'if not own or not isOpen(own) then', 'if not own then'],
    ['a repeated dispatch leaves again', "if own.state == 'dispatched' then", "if own.state == 'never' then"],
    [
      'a refused dispatch keeps its reservation',
      '  table.remove(state.resends, index)\n  changed = true\n  local verdict',
      '  changed = true\n  local verdict',
    ],
    ['a reserved lease never given back', 'and not leaseOver then', 'then'],
    ['a lease 1 ms long', "now < resend['until']", "now <= resend['until']"],
  ],
  settling: [
    ['unknown given back', "own.state = 'unknown'\n", 'table.remove(state.resends, index)\n'],
    ['a dispatched lease given back', "resend.state == 'reserved' and resend['until'] and", "resend['until'] and"],
    [
      'given back without the id',
      'table.remove(state.resends, index)\n    elseif settlement',
      'table.remove(state.resends)\n    elseif settlement',
    ],
    ['given back though a later push counts on it', ' and not isOvertaken(own, index) then', ' then'],
    ['given back again and again', "if own and own.state ~= 'sent' and own.state ~= 'unknown' then", 'if own then'],
    [
      'no late correction',
      "if own and own.state ~= 'sent' and own.state ~= 'unknown' then",
      'if own and isOpen(own) then',
    ],
    ['what settling teaches not learnt', '  if command.fact then learnt(sid, command.fact) end\n', ''],
  ],
  learning: [
    [
      'an approval ends a hold',
      "challenge.status == 'approved' then clear(answeredAt) end",
      "challenge.status == 'approved' then clear(answeredAt) state.denied = nil end",
    ],
    ['an approval clears what came after it', 'then clear(answeredAt) end', 'then clear(now) end'],
    ['an approval clears nothing', 'then clear(answeredAt) end', 'then end'],
    ['a hold not armed', 'state.denied = math.max(state.denied or 0, answeredAt)', 'state.denied = state.denied'],
    ['a hold from when it was learnt', 'state.denied = math.max(state.denied or 0, answeredAt)', 'state.denied = now'],
    [
      'a hold from the last denial told',
      'state.denied = math.max(state.denied or 0, answeredAt)',
      'state.denied = answeredAt',
    ],
    ['a hold 1 ms short', 'state.denied + policy.denyHoldMs - now', 'state.denied + policy.denyHoldMs - 1 - now'],
    [
      'what is over comes back',
      'if not isFinal then challenge.status, answeredAt = fact.status, now - (fact.respondedAgoMs or 0) end',
      'challenge.status, answeredAt = fact.status, now - (fact.respondedAgoMs or 0)',
    ],
    ['later times of a Challenge believed', 'challenge.created or now - fact.ageMs', 'now - fact.ageMs'],
    [
      'not found for ever',
      "challenge.status == 'not-found' and UNKNOWN_MS or CHALLENGE_RETENTION_MS",
      'CHALLENGE_RETENTION_MS',
    ],
    ['the wrong one of 33 Challenges forgotten', 'if a.over ~= b.over then return a.over end', ''],
    ['more than 32 Challenges', 'if alike >= MAX_CHALLENGES then', 'if false then'],
  ],
  webhooks: [
    [
      'an answer told again takes effect again',
      'if not isFinal then challenge.status, answeredAt = fact.status, now end',
      'challenge.status, answeredAt = fact.status, now',
    ],
    [
      'a webhook about an unknown Challenge believed',
      "if fact.kind == 'responded' and not isFinal and status ~= 'pending' then return end",
      '',
    ],
    [
      'a webhook about an unknown Challenge believed while a resend of it is open',
      "and not isFinal and status ~= 'pending' then return end",
      "and not isFinal and status ~= 'pending' and resendsOf(sid) == 0 then return end",
    ],
    [
      'a webhook about a Challenge that was only asked about believed',
      "and not isFinal and status ~= 'pending' then return end",
      "and not isFinal and status ~= 'pending' and not findChallenge(sid) then return end",
    ],
    [
      'a webhook about a Challenge that Twilio did not find believed',
      "and not isFinal and status ~= 'pending' then return end",
      'and not isFinal and not status then return end',
    ],
    [
      'a webhook about a pending Challenge not believed',
      "and not isFinal and status ~= 'pending' then return end",
      'and not isFinal then return end',
    ],
  ],
  endings: [
    [
      'an end told again',
      'if not isFinal and isEnd(challenge.status) then\n    local at = ',
      'if isEnd(challenge.status) then\n    local at = not answeredAt and now or ',
    ],
    ['an end never told', 'if not isFinal and isEnd(challenge.status) then', 'if false then'],
    [
      'an end told of what is pending',
      'if not isFinal and isEnd(challenge.status) then\n    local at = ',
      'if not isFinal and challenge.status then\n    local at = not answeredAt and now or ',
    ],
    ['an expiry that is no end', "or status == 'denied' or status == 'expired'", "or status == 'denied'"],
    [
      'an end told only when it is learnt from a webhook',
      'if not isFinal and isEnd(challenge.status) then',
      "if not isFinal and isEnd(challenge.status) and fact.kind == 'responded' then",
    ],
    [
      'an end that counts what was merely reserved',
      "resend.challenge == sid and resend.state ~= 'reserved' then",
      'resend.challenge == sid then',
    ],
    [
      'an end that counts only what was settled as sent',
      "resend.challenge == sid and resend.state ~= 'reserved' then",
      "resend.challenge == sid and resend.state == 'sent' then",
    ],
    [
      'an end that counts resends of other Challenges',
      "resend.challenge == sid and resend.state ~= 'reserved' then",
      "resend.state ~= 'reserved' then",
    ],
    ['an end that counts what left after it', 'if resend.at <= at then before', 'if true then before'],
    ['an end that does not count what left with it', 'if resend.at <= at then before', 'if resend.at < at then before'],
    ['an end as of when it was learnt', 'challenge.status, at) end', 'challenge.status, now) end'],
    [
      'an expiry as of when it was learnt',
      "challenge.status == 'expired' and math.min(now, challenge.expires or now) or answeredAt",
      'answeredAt or now',
    ],
    ['an expiry in the future', 'math.min(now, challenge.expires or now)', '(challenge.expires or now)'],
    ['an end of long ago told', 'if now - at < CHALLENGE_RETENTION_MS then ended', 'if true then ended'],
    [
      'since the first resend',
      'before, last = before + 1, resend end',
      'before, last = before + 1, last or resend end',
    ],
    [
      'learns before it settles',
      "  local kind = 'ignored'\n",
      "  local kind = 'ignored'\n  if command.fact then learnt(sid, command.fact) end\n",
    ],
  ],
  looking: [
    ['everybody asks Twilio', 'now - challenge.seen < policy.challengeCacheMs', 'false'],
    ['asked again when it is over', 'if isFinal or isGuessing(sid) then', 'if isGuessing(sid) then'],
  ],
  guessing: [
    ['no bound to guessing', 'return #sorted >= MAX_UNKNOWN and', 'return false and'],
    ['a guess more', 'return #sorted >= MAX_UNKNOWN and', 'return #sorted > MAX_UNKNOWN and'],
    ['a guess less', 'local MAX_UNKNOWN = 8', 'local MAX_UNKNOWN = 7'],
    [
      'a question that counts once it is answered',
      'return not challenge.exhausted and not challenge.notPush',
      'return false',
    ],
    ['a mark that is not known', 'return not challenge.exhausted and not challenge.notPush', 'return true'],
    ['a question that counts for ever', 'if isUnknown(challenge) and now < at then', 'if isUnknown(challenge) then'],
    [
      'a question that counts 1 ms long',
      'isUnknown(challenge) and now < at then',
      'isUnknown(challenge) and now <= at then',
    ],
    ['a tap that does not count', "if resend.state == 'reserved' and not isKnown(sid) then", 'if false then'],
    [
      'a tap at what is known that counts',
      "resend.state == 'reserved' and not isKnown(sid) then",
      "resend.state == 'reserved' then",
    ],
    ['a tap that ends the question of a look', "math.max(resend['until'], ends[sid] or 0)", "resend['until']"],
    [
      'a guess that counts already refused',
      'return #sorted >= MAX_UNKNOWN and not ends[sid]',
      'return #sorted >= MAX_UNKNOWN',
    ],
    ['what is known taken for a guess', '  if isKnown(sid) then return false end\n', ''],
    [
      'what was asked about once asked about at any time',
      '  if isKnown(sid) then return false end\n',
      '  if findChallenge(sid) then return false end\n',
    ],
    ['the wait for the first guess of all', 'sorted[#sorted - MAX_UNKNOWN + 1]', 'sorted[1]'],
    ['the wait for the last guess', 'sorted[#sorted - MAX_UNKNOWN + 1]', 'sorted[#sorted]'],
    ['guesses in any order', '  table.sort(sorted)\n', '  table.sort(sorted, function(a, b) return a > b end)\n'],
    ['guesses that push out what is known', 'if isUnknown(other) == isUnknown(challenge) then', 'if true then'],
  ],
  supposing: [
    ['what is supposed is remembered', 'changed, ended = false, nil', 'ended = nil'],
    ['an end told that is only supposed', 'changed, ended = false, nil', 'changed = false'],
    ['nothing is supposed', '    learnt(command.challengeSid, command.fact)\n    changed,', '    changed,'],
  ],
  overviewing: [
    ['an overview of the first resend', 'local last = dispatched[#dispatched]', 'local last = dispatched[1]'],
    [
      'an overview since it was last heard of',
      'ageMs = challenge.created and now - challenge.created',
      'ageMs = now - challenge.seen',
    ],
    ['an overview without the block', 'blockedMs = blockView(),\n    heldMs', 'heldMs'],
    ['an overview with a hold that is over', 'return heldMs > 0 and heldMs or nil', 'return heldMs'],
    [
      'an overview without the last Challenge',
      'for index, challenge in ipairs(state.challenges) do\n    local dispatched',
      'for index, challenge in ipairs(state.challenges) do\n    if index == #state.challenges then break end\n    local dispatched',
    ],
    [
      'an overview of the last Challenge alone',
      "anew = standingOf(''),",
      "anew = standingOf(#state.challenges > 0 and state.challenges[#state.challenges].sid or ''),",
    ],
  ],
  support: [
    [
      'a resend that leaves after a reset uncounted',
      "own['until'], own.cleared = 'dispatched', now, now + policy.leaseMs, nil",
      "own['until'] = 'dispatched', now, now + policy.leaseMs",
    ],
    ['a reset ends a cooldown', '  clear(now)\n', '  state.resends = {}\n'],
    ['a reset clears no window', '  clear(now)\n', ''],
    ['a reset ends no hold', '  clear(now)\n  state.denied = nil\n', '  clear(now)\n'],
    [
      'a reset that answers what is after it',
      '  local before = { windows = windowsOf(), heldMs = holdView() }\n  clear(now)\n  state.denied = nil\n',
      '  clear(now)\n  state.denied = nil\n  local before = { windows = windowsOf(), heldMs = holdView() }\n',
    ],
    ['a reset that answers without the hold', 'windows = windowsOf(), heldMs = holdView()', 'windows = windowsOf()'],
    ['the end of a block that answers without it', 'return { blockedMs = blockView() }', 'return {}'],
    ['no block', 'if blockedUntil and now < blockedUntil then', 'if false then'],
    ['a block for everybody', "redis.call('MGET', KEYS[1], KEYS[2])", "redis.call('MGET', KEYS[1], KEYS[1])"],
  ],
  clockSetBack: [
    [
      'stamps from the future kept',
      '  if stamp > now then changed = true end\n  return math.min(stamp, now)',
      '  return stamp',
    ],
    ['moved stamps not stored', '  if stamp > now then changed = true end\n', ''],
    [
      'leases from the future kept',
      "if resend['until'] then resend['until'] = atMost(resend['until'], now + policy.leaseMs) end",
      '',
    ],
    ['a hold from the future kept', 'kept.denied = past(stored.denied)', 'kept.denied = stored.denied'],
    ['moved stamps forgotten by supposing', '  if command.fact then\n    save()\n', '  if command.fact then\n'],
  ],
  refusals: [
    [
      'a refusal that writes',
      "  local verdict = verdictOn(sid)\n  if verdict.code ~= 'ready' then return refused(verdict, sid) end\n\n  state.resends",
      "  local verdict = verdictOn(sid)\n  state.tapped = now\n  changed = true\n  if verdict.code ~= 'ready' then return refused(verdict, sid) end\n\n  state.resends",
    ],
  ],
  expiry: [
    ['no expiry', "cmsgpack.pack(kept), 'PX', leftMs)", 'cmsgpack.pack(kept))'],
    ['an expiry too early', "cmsgpack.pack(kept), 'PX', leftMs)", "cmsgpack.pack(kept), 'PX', math.floor(leftMs / 2))"],
    ['a block without an expiry', "now + command.durationMs, 'PX', command.durationMs)", 'now + command.durationMs)'],
    [
      'nothing left, and stored still',
      "redis.call('DEL', KEYS[1])",
      "redis.call('SET', KEYS[1], cmsgpack.pack(state))",
    ],
  ],
};
