-- Applies facts and releases a code's lock. Needs marker.lua, buyers.lua and facts.lua.
--
-- During a load of the sale the facts are kept too, for the load to apply, because its snapshot may be older than they
-- are. Too many facts end the load.
--
-- KEYS: marker, free, sold, held, buyers, load token, facts kept for the load, lock
-- ARGV: wanted marker, the lock's token or "", the most facts to keep, the facts
-- Returns 1 if the facts were applied, else 0; the state of the lock, 0 (not asked), 1 (released), 2 (gone) or
-- 3 (another holder's); and the present marker.

local markerKey, free, sold, held, buyers, load, kept, lock = unpack(KEYS)
local token, keptMax = ARGV[2], tonumber(ARGV[3])

local unlocked = 0
if token ~= '' then
    local holds = redis.call('GET', lock)
    if holds == token then
        redis.call('DEL', lock)
        unlocked = 1
    else
        unlocked = holds and 3 or 2
    end
end

if redis.call('EXISTS', load) == 1 then
    for index = 4, #ARGV do redis.call('RPUSH', kept, ARGV[index]) end
    redis.call('PEXPIRE', kept, 60000)
    if redis.call('LLEN', kept) > keptMax then redis.call('UNLINK', load, kept) end
end

if isLoaded(markerKey, ARGV[1], free, sold, held, buyers) then
    applyFacts({free = free, sold = sold, held = held, buyers = buyers}, ARGV, 4)
    return {1, unlocked, ARGV[1]}
end
return {0, unlocked, redis.call('GET', markerKey) or ''}
