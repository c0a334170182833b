-- Looks for a free unit of an item and reserves it for a buyer. Needs marker.lua, buyers.lua and clock.lua.
--
-- KEYS: marker, free, sold, held, buyers
-- ARGV: wanted marker, ordinal of the item's first unit, the item's stock, the buyer's limit, the buyer,
--       the code for the cart if the buyer has no open one
-- Returns the unit's ordinal (under the given code), "<ordinal> <code>" (under the open cart's code), a refusal as a
-- negative number (-1 the buyer holds the item, -2 limit, -3 all held, -4 all sold), or "not loaded".

local markerKey, free, sold, held, buyers = unpack(KEYS)
local first, stock, limit = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local buyer, candidate = ARGV[5], ARGV[6]
local last = first + stock - 1

if not isLoaded(markerKey, ARGV[1], free, sold, held, buyers) then return notLoaded(markerKey) end

local code, bought, ordinals = readBuyer(buyers, buyer)
for _, ordinal in ipairs(ordinals) do
    if ordinal >= first and ordinal <= last then return -1 end
end
if bought + #ordinals >= limit then return -2 end

local unit = first
if stock > 1 then unit = redis.call('BITPOS', free, 1, first, last, 'BIT') end
-- For an item of one unit, one command reserves it and tells whether it was free.
if unit < 0 or redis.call('SETBIT', free, unit, 0) == 0 then
    local soldCount = stock == 1 and redis.call('GETBIT', sold, first)
        or redis.call('BITCOUNT', sold, first, last, 'BIT')
    return soldCount == stock and -4 or -3
end

if code == '-' then code = candidate end
-- The ledger has not confirmed it yet: the time of the reservation, negated, stands in place of the hold's end.
redis.call('HSET', held, unit, code .. ' -' .. clock() .. ' ' .. buyer)
ordinals[#ordinals + 1] = unit
writeBuyer(buyers, buyer, code, bought, ordinals)
if code == candidate then return unit end
return unit .. ' ' .. code
