--[[
Adds an event to the stream of everybody's events, and drops what is too much or too old: in one step, so that the key
is never without its cap and its expiry.

KEYS[1]  the stream
ARGV[1]  most events it may have
ARGV[2]  how long an event is kept, milliseconds
ARGV[3]  the event, JSON
Reply    the id of the new entry: "<epoch milliseconds>-<number>"

Time is the server's own TIME, so that an instance whose clock is wrong drops nothing.
]]

local time = redis.call('TIME')
local oldestMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) - tonumber(ARGV[2])

local id = redis.call('XADD', KEYS[1], 'MAXLEN', tonumber(ARGV[1]), '*', 'event', ARGV[3])
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', oldestMs))
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]))
return id
