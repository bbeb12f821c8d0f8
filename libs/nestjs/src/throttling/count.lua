--[[
Counts one request in fixed windows, and reads what else the decision on it needs. A window starts with the first
request in it.

KEYS[1…n]    the counters; each expires when its window ends
KEYS[n+1…]   records
ARGV[1…n]    length of each window, milliseconds
Reply        one list: for each counter the requests in this window, including this one, and the milliseconds until the
             window ends; then each record, or nil
]]

local reply = {}

for index = 1, #ARGV do
  local window = tonumber(ARGV[index])
  local hits, left = 1, redis.call('PTTL', KEYS[index])
  if left <= 0 then -- no counter, or one in its last millisecond, which Redis has not removed yet
    left = window
    redis.call('SET', KEYS[index], 1, 'PX', window)
  else
    hits = redis.call('INCR', KEYS[index])
  end
  reply[2 * index - 1] = hits
  reply[2 * index] = left
end

for index = #ARGV + 1, #KEYS do
  reply[#ARGV + index] = redis.call('GET', KEYS[index])
end

return reply
