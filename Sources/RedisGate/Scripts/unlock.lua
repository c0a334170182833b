-- Releases a lock if the token is still the caller's.
--
-- KEYS: lock      ARGV: token
-- Returns 1 (released), 2 (gone) or 3 (another holder's).

local holds = redis.call('GET', KEYS[1])
if holds == ARGV[1] then
    redis.call('DEL', KEYS[1])
    return 1
end
return holds and 3 or 2
