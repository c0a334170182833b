-- Gives a lock back, if it is still the caller's.
--
-- KEYS: lock      ARGV: token
-- Returns 1 given back, 2 gone, 3 another's.

local holds = redis.call('GET', KEYS[1])
if holds == ARGV[1] then
    redis.call('DEL', KEYS[1])
    return 1
end
return holds and 3 or 2
