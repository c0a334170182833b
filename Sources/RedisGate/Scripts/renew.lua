-- Extends a lock if the token is still the caller's.
--
-- KEYS: lock      ARGV: token, lifetime in ms
-- Returns 1 (extended), 2 (gone) or 3 (another holder's).

local holds = redis.call('GET', KEYS[1])
if holds == ARGV[1] then
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return 1
end
return holds and 3 or 2
