/**
 * Each appends one event, forgets what is too much or too old, and lets the key expire: in one step, so that no key is
 * ever without its cap and its expiry. Time is the server's: an instance whose clock is wrong forgets nothing.
 *
 * KEYS[1] the key · ARGV[1] how many events it may have · ARGV[2] how long it keeps one, ms · ARGV[3] what is appended
 */
const OLDEST = `
local time = redis.call('TIME')
local oldestMs = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) - tonumber(ARGV[2])
`;

/** A stream. Reply: the id of the new entry. */
export const KEEP_OF_ALL = `${OLDEST}
local id = redis.call('XADD', KEYS[1], 'MAXLEN', tonumber(ARGV[1]), '*', 'event', ARGV[3])
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', oldestMs))
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]))
return id
`;

/** A list, newest first. Each element begins with the id that the stream gave it, which begins with its time, ms. */
export const KEEP_OF_USER = `${OLDEST}
redis.call('LPUSH', KEYS[1], ARGV[3])
redis.call('LTRIM', KEYS[1], 0, tonumber(ARGV[1]) - 1)
local oldest = redis.call('LINDEX', KEYS[1], -1)
while oldest and tonumber(string.match(oldest, '^%d+')) < oldestMs do
  redis.call('RPOP', KEYS[1])
  oldest = redis.call('LINDEX', KEYS[1], -1)
end
redis.call('PEXPIRE', KEYS[1], tonumber(ARGV[2]))
`;
