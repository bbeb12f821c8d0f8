--[[
The users who wait because of a limit: one sorted set per limit, by the end of the wait, shared by all instances.

KEYS[1]  the limit's set; expires with the last wait
ARGV[1]  operation: add | remove | count
ARGV[2]  add and remove: the user's keyed hash
ARGV[3]  add: the wait, milliseconds
Reply    the number of users who have to wait now

Time is the server's own TIME. Every call first removes the users whose wait is over.
]]

local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if ARGV[1] == 'remove' then
  redis.call('ZREM', KEYS[1], ARGV[2])
elseif ARGV[1] == 'add' then
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[3]), ARGV[2])
  local left = redis.call('PTTL', KEYS[1])
  if left < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[3])) end
end
return redis.call('ZCARD', KEYS[1])
