--[[
Counts one request in a fixed window. The window starts with the first request in it.

KEYS[1]  the counter; it expires when its window ends
ARGV[1]  length of the window, milliseconds
Reply    { requests in this window, including this one; milliseconds until the window ends }
]]

local window = tonumber(ARGV[1])
local left = redis.call('PTTL', KEYS[1])
if left <= 0 then -- no counter, or one in its last millisecond, which Redis has not removed yet
  redis.call('SET', KEYS[1], 1, 'PX', window)
  return { 1, window }
end
return { redis.call('INCR', KEYS[1]), left }
