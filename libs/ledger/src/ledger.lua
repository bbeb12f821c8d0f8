--[[
The ledger in Redis: one command on one user, decided and written in one step.
It does what rules.ts does, function by function; the comments are there, and the tests compare every answer.

KEYS[1]  what is remembered of the user's resends: a MessagePack map, the shape of UserState in rules.ts
KEYS[2]  the user's block: epoch milliseconds at which it ends; it expires then
ARGV[1]  operation: reserve | dispatch | settle | peek | look | learn | overview | reset | block | unblock
ARGV[2]  its command, JSON: as in ports.ts; look {challengeSid}, peek {challengeSid, fact?}, learn {challengeSid, fact},
         block {durationMs}
ARGV[3]  the policy, JSON: as in policy.ts, times in milliseconds
Reply    JSON: the operation's answer as in ports.ts; an overview leaves out an empty list of Challenges

Time is the server's own TIME. Every write carries an expiry. Refusals and questions write only to remove what has
expired and to move stamps from the future.
]]

local RETENTION_MS = 24 * 3600000
local CHALLENGE_RETENTION_MS = 3600000
local UNKNOWN_MS = 30000
local MAX_UNKNOWN = 8
local MAX_CHALLENGES = 32
local MAX_KEYS = 8

local operation = ARGV[1]
local command = cjson.decode(ARGV[2])
local policy = cjson.decode(ARGV[3])

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local state
local changed = false
local ended

-- ------------------------------------------------------------------------------------------------------- decisions

local function findChallenge(sid)
  for index, challenge in ipairs(state.challenges) do
    if challenge.sid == sid then return challenge, index end
  end
end

local function findResend(id)
  for index, resend in ipairs(state.resends) do
    if resend.id == id then return resend, index end
  end
end

local function isOpen(resend)
  return resend['until'] ~= nil and now < resend['until']
end

local function isOvertaken(own, index)
  for later = index + 1, #state.resends do
    local resend = state.resends[later]
    if resend.challenge == own.challenge and resend.state ~= 'reserved' then return true end
  end
  return false
end

local function inProgress(resend)
  return { code = 'resend-in-progress', waitMs = math.max(1000, resend['until'] - now) }
end

local function resendsOf(sid)
  local count = 0
  for _, resend in ipairs(state.resends) do
    if resend.challenge == sid then count = count + 1 end
  end
  return count
end

local function dispatchedOf(sid)
  local dispatched = {}
  for _, resend in ipairs(state.resends) do
    if resend.challenge == sid and resend.state ~= 'reserved' then dispatched[#dispatched + 1] = resend end
  end
  return dispatched
end

local function isUnknown(challenge)
  if challenge.status then return challenge.status == 'not-found' end
  return not challenge.exhausted and not challenge.notPush
end

local function isKnown(sid)
  local challenge = findChallenge(sid)
  return challenge ~= nil and not isUnknown(challenge)
end

local function unknown()
  local ends = {}
  for _, challenge in ipairs(state.challenges) do
    local at = challenge.seen + UNKNOWN_MS
    if isUnknown(challenge) and now < at then ends[challenge.sid] = at end
  end
  for _, resend in ipairs(state.resends) do
    local sid = resend.challenge
    if resend.state == 'reserved' and not isKnown(sid) then ends[sid] = math.max(resend['until'], ends[sid] or 0) end
  end
  local sorted = {}
  for _, at in pairs(ends) do sorted[#sorted + 1] = at end
  table.sort(sorted)
  return ends, sorted
end

local function isGuessing(sid)
  if isKnown(sid) then return false end
  local ends, sorted = unknown()
  return #sorted >= MAX_UNKNOWN and not ends[sid]
end

local function closedOrBlocked(sid)
  local challenge = findChallenge(sid)
  if challenge then
    local status = challenge.status
    if status and status ~= 'pending' then return { code = 'challenge-' .. status } end
    if challenge.expires and challenge.expires <= now then return { code = 'challenge-expired' } end
    if challenge.notPush then return { code = 'challenge-not-push' } end
  end
  if isGuessing(sid) then
    local _, sorted = unknown()
    return { code = 'too-many-requests', waitMs = sorted[#sorted - MAX_UNKNOWN + 1] - now }
  end
  if state.blockedUntil then return { code = 'blocked', waitMs = state.blockedUntil - now } end
end

local function holdLeft()
  if not state.denied then return 0 end
  return math.max(0, state.denied + policy.denyHoldMs - now)
end

local function isUsedUp(sid)
  local challenge = findChallenge(sid)
  if challenge and challenge.exhausted then return true end
  if challenge and challenge.created and now - challenge.created > policy.maxChallengeAgeMs then return true end
  return resendsOf(sid) >= policy.maxPerChallenge
end

local function counted(windowMs)
  local inWindow = {}
  for _, resend in ipairs(state.resends) do
    if now - resend.at < windowMs and not resend.cleared then inWindow[#inWindow + 1] = resend end
  end
  return inWindow
end

local function windowLeft(limit)
  local inWindow = counted(limit.windowMs)
  local leavesFirst = inWindow[#inWindow - limit.limit + 1]
  if not leavesFirst then return 0 end
  return leavesFirst.at + limit.windowMs - now
end

local function cooldownAfter(resends)
  return policy.cooldownsMs[math.min(resends + 1, #policy.cooldownsMs)]
end

local function cooldownLeft(sid)
  local challenge = findChallenge(sid)
  local lastPush = challenge and challenge.created or 0
  for _, resend in ipairs(state.resends) do lastPush = math.max(lastPush, resend.at) end
  return math.max(0, lastPush + cooldownAfter(resendsOf(sid)) - now)
end

local function verdictOn(sid, except)
  local closed = closedOrBlocked(sid)
  if closed then return closed end

  for _, resend in ipairs(state.resends) do
    if isOpen(resend) and resend.id ~= except then return inProgress(resend) end
  end

  local holdMs = holdLeft()
  local windowMs = 0
  for _, limit in ipairs(policy.userLimits) do windowMs = math.max(windowMs, windowLeft(limit)) end
  local cooldownMs = cooldownLeft(sid)
  local waitMs = math.max(holdMs, windowMs, cooldownMs)

  if holdMs > 0 then return { code = 'held-after-denial', waitMs = waitMs } end
  if isUsedUp(sid) then return { code = 'challenge-limit' } end
  if windowMs > 0 then return { code = 'user-limit', waitMs = waitMs } end
  if cooldownMs > 0 then return { code = 'cooling-down', waitMs = waitMs } end
  return { code = 'ready' }
end

local function challengeView(sid)
  local challenge = findChallenge(sid)
  if not challenge or not challenge.status or challenge.status == 'not-found' then return nil end
  if challenge.status ~= 'pending' then return { status = challenge.status, remainingMs = 0 } end
  local remainingMs = math.max(0, (challenge.expires or now) - now)
  return { status = remainingMs == 0 and 'expired' or 'pending', remainingMs = remainingMs }
end

local function windowsOf()
  local windows = {}
  for index, limit in ipairs(policy.userLimits) do
    local inWindow = counted(limit.windowMs)
    local leavesFirst = inWindow[math.max(1, #inWindow - limit.limit + 1)]
    windows[index] = {
      limit = limit.limit,
      windowMs = limit.windowMs,
      used = #inWindow,
      resetInMs = leavesFirst and leavesFirst.at + limit.windowMs - now,
    }
  end
  return windows
end

local function holdView()
  local heldMs = holdLeft()
  return heldMs > 0 and heldMs or nil
end

local function blockView()
  return state.blockedUntil and state.blockedUntil - now
end

local function standingOf(sid, except)
  return {
    next = verdictOn(sid, except),
    challenge = challengeView(sid),
    resends = { used = resendsOf(sid), limit = policy.maxPerChallenge },
    windows = windowsOf(),
    ended = ended,
  }
end

local function refused(verdict, sid)
  return { kind = 'refused', code = verdict.code, waitMs = verdict.waitMs, standing = standingOf(sid) }
end

local function replayed(resend, sid)
  local notification = resend.sid and { sid = resend.sid, ttlSeconds = resend.ttl, sentAt = resend.at }
  return { kind = 'replayed', notification = notification, standing = standingOf(sid) }
end

-- ---------------------------------------------------------------------------------------------------------- memory

local function past(stamp)
  if stamp > now then changed = true end
  return math.min(stamp, now)
end

local function atMost(stamp, latest)
  if stamp > latest then changed = true end
  return math.min(stamp, latest)
end

local function refresh(stored)
  local resends = {}
  for _, resend in ipairs(stored.resends) do
    local leaseOver = resend.state == 'reserved' and resend['until'] and resend['until'] <= now
    if now - resend.at < RETENTION_MS and not leaseOver then
      resend.at = past(resend.at)
      if resend['until'] then resend['until'] = atMost(resend['until'], now + policy.leaseMs) end
      if resend.settled then resend.settled = past(resend.settled) end
      resends[#resends + 1] = resend
    end
  end
  local challenges = {}
  for _, challenge in ipairs(stored.challenges) do
    local retentionMs = challenge.status == 'not-found' and UNKNOWN_MS or CHALLENGE_RETENTION_MS
    if now - challenge.seen < retentionMs then
      challenge.seen = past(challenge.seen)
      if challenge.created then challenge.created = past(challenge.created) end
      if challenge.expires then challenge.expires = atMost(challenge.expires, now + CHALLENGE_RETENTION_MS) end
      challenges[#challenges + 1] = challenge
    end
  end
  local kept = { resends = resends, challenges = challenges, blockedUntil = stored.blockedUntil }
  if stored.denied and now - stored.denied < CHALLENGE_RETENTION_MS then kept.denied = past(stored.denied) end
  if #resends < #stored.resends or #challenges < #stored.challenges or kept.denied ~= stored.denied then changed = true end
  return kept
end

local function isEnd(status)
  return status == 'approved' or status == 'denied' or status == 'expired'
end

local function isOver(challenge)
  if isEnd(challenge.status) then return true end
  return challenge.status == 'pending' and challenge.expires ~= nil and challenge.expires <= now
end

local function remember(challenge)
  changed = true
  local _, index = findChallenge(challenge.sid)
  if index then table.remove(state.challenges, index) end
  local function goesBefore(a, b)
    if not b then return true end
    if a.over ~= b.over then return a.over end
    return a.seen < b.seen
  end
  local alike, goes = 0, nil
  for position, other in ipairs(state.challenges) do
    if isUnknown(other) == isUnknown(challenge) then
      alike = alike + 1
      local candidate = { position = position, over = isOver(other), seen = other.seen }
      if goesBefore(candidate, goes) then goes = candidate end
    end
  end
  if alike >= MAX_CHALLENGES then table.remove(state.challenges, goes.position) end
  state.challenges[#state.challenges + 1] = challenge
end

local function clear(since)
  for _, resend in ipairs(state.resends) do
    if resend.at <= since then resend.cleared = true end
  end
end

local function endOf(sid, status, at)
  local before, last = 0, nil
  for _, resend in ipairs(dispatchedOf(sid)) do
    if resend.at <= at then before, last = before + 1, resend end
  end
  return { status = status, resends = before, sinceLastMs = last and at - last.at }
end

local function learnt(sid, fact)
  local challenge = findChallenge(sid) or { sid = sid }
  local status = challenge.status
  local isFinal = isEnd(status)
  if fact.kind == 'responded' and not isFinal and status ~= 'pending' then return end
  challenge.seen = now
  local answeredAt

  if fact.kind == 'exhausted' then
    challenge.exhausted = true
  elseif fact.kind == 'not-push' then
    challenge.notPush = true
  elseif fact.kind == 'not-found' or fact.kind == 'expired' then
    if not isFinal then challenge.status = fact.kind end
  elseif fact.kind == 'responded' then
    if not isFinal then challenge.status, answeredAt = fact.status, now end
  elseif fact.kind == 'fetched' then
    challenge.created = challenge.created or now - fact.ageMs
    challenge.expires = challenge.expires or now + fact.remainingMs
    if not fact.isPush then challenge.notPush = true end
    if not isFinal then challenge.status, answeredAt = fact.status, now - (fact.respondedAgoMs or 0) end
  end
  remember(challenge)

  if not isFinal and isEnd(challenge.status) then
    local at = challenge.status == 'expired' and math.min(now, challenge.expires or now) or answeredAt
    if now - at < CHALLENGE_RETENTION_MS then ended = endOf(sid, challenge.status, at) end
  end
  if answeredAt and challenge.status == 'approved' then clear(answeredAt) end
  if answeredAt and challenge.status == 'denied' then state.denied = math.max(state.denied or 0, answeredAt) end
end

local function forgetAt()
  local latest = 0
  for _, resend in ipairs(state.resends) do latest = math.max(latest, resend.at + RETENTION_MS) end
  for _, challenge in ipairs(state.challenges) do latest = math.max(latest, challenge.seen + CHALLENGE_RETENTION_MS) end
  if state.denied then latest = math.max(latest, state.denied + CHALLENGE_RETENTION_MS) end
  return latest
end

local function load()
  local stored = redis.call('MGET', KEYS[1], KEYS[2])
  local remembered = stored[1] and cmsgpack.unpack(stored[1]) or { resends = {}, challenges = {} }
  local blockedUntil = stored[2] and tonumber(stored[2])
  if blockedUntil and now < blockedUntil then remembered.blockedUntil = blockedUntil end
  state = refresh(remembered)
end

local function save()
  if not changed then return end
  local leftMs = forgetAt() - now
  if leftMs <= 0 then
    redis.call('DEL', KEYS[1])
    return
  end
  local kept = { resends = state.resends, challenges = state.challenges, denied = state.denied }
  redis.call('SET', KEYS[1], cmsgpack.pack(kept), 'PX', leftMs)
end

-- ------------------------------------------------------------------------------------------------------ operations

local operations = {}

function operations.reserve()
  local sid, key = command.challengeSid, command.key
  if findResend(command.id) then return { kind = 'granted', standing = standingOf(sid) } end

  if key then
    for _, resend in ipairs(state.resends) do
      local request = resend.keys and resend.keys[key.hash]
      if request then
        if request ~= key.request then return refused({ code = 'idempotency-key-reused' }, sid) end
        if isOpen(resend) then return refused(inProgress(resend), sid) end
        return replayed(resend, sid)
      end
    end
  end

  local closed = closedOrBlocked(sid)
  if closed then return refused(closed, sid) end

  local twin
  for _, resend in ipairs(state.resends) do
    if resend.challenge == sid then twin = resend end
  end
  if twin and twin.settled and now - twin.settled < policy.coalesceMs then
    if not key then return replayed(twin, sid) end
    local keys = 0
    for _ in pairs(twin.keys or {}) do keys = keys + 1 end
    if keys < MAX_KEYS then
      twin.keys = twin.keys or {}
      twin.keys[key.hash] = key.request
      changed = true
      return replayed(twin, sid)
    end
  end

  local verdict = verdictOn(sid)
  if verdict.code ~= 'ready' then return refused(verdict, sid) end

  state.resends[#state.resends + 1] = {
    id = command.id,
    challenge = sid,
    state = 'reserved',
    at = now,
    ['until'] = now + policy.leaseMs,
    keys = key and { [key.hash] = key.request },
  }
  changed = true
  return { kind = 'granted', standing = standingOf(sid) }
end

function operations.dispatch()
  local sid = command.challengeSid
  learnt(sid, command.fact)
  local own, index = findResend(command.id)

  if not own or not isOpen(own) then return { kind = 'lost', standing = standingOf(sid) } end
  if own.state == 'dispatched' then
    return { kind = 'dispatched', at = own.at, standing = standingOf(sid, own.id) }
  end

  table.remove(state.resends, index)
  changed = true
  local verdict = verdictOn(sid)
  if verdict.code ~= 'ready' then return refused(verdict, sid) end

  own.state, own.at, own['until'], own.cleared = 'dispatched', now, now + policy.leaseMs, nil
  state.resends[#state.resends + 1] = own
  return { kind = 'dispatched', at = now, standing = standingOf(sid, own.id) }
end

function operations.settle()
  local sid, settlement = command.challengeSid, command.settlement
  local own, index = findResend(command.id)
  local kind = 'ignored'

  if own and own.state ~= 'sent' and own.state ~= 'unknown' then
    kind, changed = 'settled', true
    own['until'] = nil
    if settlement.outcome == 'notSent' and not isOvertaken(own, index) then
      table.remove(state.resends, index)
    elseif settlement.outcome ~= 'sent' then
      own.state = 'unknown'
    else
      own.state, own.settled, own.sid, own.ttl = 'sent', now, settlement.sid, settlement.ttlSeconds
    end
  end
  if command.fact then learnt(sid, command.fact) end
  return { kind = kind, standing = standingOf(sid) }
end

function operations.peek()
  if command.fact then
    save()
    learnt(command.challengeSid, command.fact)
    changed, ended = false, nil
  end
  return standingOf(command.challengeSid)
end

function operations.overview()
  local challenges = {}
  for index, challenge in ipairs(state.challenges) do
    local dispatched = dispatchedOf(challenge.sid)
    local last = dispatched[#dispatched]
    challenges[index] = {
      sid = challenge.sid,
      ageMs = challenge.created and now - challenge.created,
      lastResendAgoMs = last and now - last.at,
      standing = standingOf(challenge.sid),
    }
  end
  return {
    anew = standingOf(''),
    challenges = #challenges > 0 and challenges or nil,
    blockedMs = blockView(),
    heldMs = holdView(),
  }
end

function operations.look()
  local sid = command.challengeSid
  local standing = standingOf(sid)
  local challenge = findChallenge(sid)

  local isFinal = challenge and challenge.status and challenge.status ~= 'pending'
  if isFinal or isGuessing(sid) then return { kind = 'known', standing = standing } end
  if challenge and now - challenge.seen < policy.challengeCacheMs then
    return { kind = challenge.status and 'known' or 'wait', standing = standing }
  end
  challenge = challenge or { sid = sid }
  challenge.seen = now
  remember(challenge)
  return { kind = 'ask', standing = standing }
end

function operations.learn()
  learnt(command.challengeSid, command.fact)
  return standingOf(command.challengeSid)
end

function operations.reset()
  local before = { windows = windowsOf(), heldMs = holdView() }
  clear(now)
  state.denied = nil
  changed = true
  return before
end

function operations.block()
  redis.call('SET', KEYS[2], now + command.durationMs, 'PX', command.durationMs)
  return {}
end

function operations.unblock()
  redis.call('DEL', KEYS[2])
  return { blockedMs = blockView() }
end

load()
local answer = operations[operation]()
save()
return cjson.encode(answer)
