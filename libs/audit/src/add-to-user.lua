--[[
Adds an event to the list of one user's events, newest first, and drops what is too much or too old: in one step, so
that the key is never without its cap and its expiry.

KEYS[1]  the user's list
ARGV[1]  most events it may have
ARGV[2]  how long an event is kept, milliseconds
ARGV[3]  the event: its id in the stream, which begins with its time in epoch milliseconds, a blank, and its JSON
Reply    nothing

Time is the server's own TIME, so that an instance whose clock is wrong drops nothing.
]]

local time = redis.call('TIME')
local oldestMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) - tonumber(ARGV[2])

redis.call('LPUSH', KEYS[1], ARGV[3])
redis.call('LTRIM', KEYS[1], 0, tonumber(ARGV[1]) - 1)
local oldest = redis.call('LINDEX', KEYS[1], -1)
-- An entry that does not begin with a time is dropped like one that is too old.
while oldest and tonumber(string.match(oldest, '^%d+') or 0) < oldestMs do
  redis.call('RPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], -1)
end
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]))
