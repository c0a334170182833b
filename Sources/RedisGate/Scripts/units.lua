-- Tells the state of some units. Needs marker.lua and clock.lua.
--
-- KEYS: marker, free, sold, held, buyers      ARGV: wanted marker, the units' ordinals
-- Returns the time and then for each unit "free", "sold", the entry of its holder, or "" if it is none of these or more
-- than one; or "not loaded".

local free, sold, held = KEYS[2], KEYS[3], KEYS[4]

if not isLoaded(KEYS[1], ARGV[1], free, sold, held, KEYS[5]) then return notLoaded(KEYS[1]) end

local states = {clock()}
for index = 2, #ARGV do
    local ordinal = ARGV[index]
    local isFree, isSold = redis.call('GETBIT', free, ordinal) == 1, redis.call('GETBIT', sold, ordinal) == 1
    if isFree and isSold then
        states[index] = ''
    elseif isFree then
        states[index] = 'free'
    elseif isSold then
        states[index] = 'sold'
    else
        states[index] = redis.call('HGET', held, ordinal) or ''
    end
end
return states
