-- Applies facts and releases codes' locks. Needs marker.lua, buyers.lua and facts.lua.
--
-- During a load of the sale the facts are kept too, for the load to apply, because its snapshot may be older than they
-- are. Too many facts end the load. Facts of another stock name other units: the drift check finds what they were.
--
-- KEYS: marker, free, sold, held, buyers, load token, facts kept for the load, and the locks
-- ARGV: wanted marker, the most facts to keep, a token for each lock, and the facts
-- Returns 1 if the facts were applied, else 0; the present marker; and for each lock its state, 1 (released), 2 (gone)
-- or 3 (another holder's).

local markerKey, free, sold, held, buyers, load, kept = unpack(KEYS)
local keptMax = tonumber(ARGV[2])
local locksAfter = 7
local firstFact = 3 + #KEYS - locksAfter

-- Releases the locks whose tokens are still the caller's.
local function release(states)
    local locks, released = {unpack(KEYS, locksAfter + 1)}, {}
    for index, holds in ipairs(redis.call('MGET', unpack(locks))) do
        local isOurs = holds == ARGV[index + 2]
        if isOurs then released[#released + 1] = locks[index] end
        states[#states + 1] = isOurs and 1 or holds and 3 or 2
    end
    if #released > 0 then redis.call('DEL', unpack(released)) end
end

-- The stock of an item, which a marker and a load token end with.
local function stock(text) return string.match(text, ' (%d+)$') end

if redis.call('TYPE', load).ok == 'string' and stock(redis.call('GET', load)) == stock(ARGV[1]) then
    for index = firstFact, #ARGV do redis.call('RPUSH', kept, ARGV[index]) end
    redis.call('PEXPIRE', kept, 60000)
    if redis.call('LLEN', kept) > keptMax then redis.call('UNLINK', load, kept) end
end

local reply = {0, ARGV[1]}
if isLoaded(markerKey, ARGV[1], free, sold, held, buyers) then
    applyFacts({free = free, sold = sold, held = held, buyers = buyers}, ARGV, firstFact)
    reply[1] = 1
else
    reply[2] = redis.call('GET', markerKey) or ''
end
if #KEYS > locksAfter then release(reply) end
return reply
