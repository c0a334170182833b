-- Takes the locks of codes, each by itself, for a time.
--
-- KEYS: the locks
-- ARGV: their lifetime in milliseconds, and a token for each
-- Returns for each lock 1 (taken) or 0 (another holder has it).

local outcomes = {}
for index, lock in ipairs(KEYS) do
    outcomes[index] = redis.call('SET', lock, ARGV[index + 1], 'NX', 'PX', ARGV[1]) and 1 or 0
end
return outcomes
