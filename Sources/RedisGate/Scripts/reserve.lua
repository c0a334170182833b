-- Looks for a free unit of an item and reserves it for a buyer. Starts with marker.lua, buyers.lua and
-- clock.lua.
--
-- KEYS: marker, free, sold, held, buyers
-- ARGV: marker wanted, number of the item's first unit among the sale's units, the item's stock, the buyer's limit,
--       the buyer, the code for his cart if he has none open
-- Returns the unit's ordinal (under the given code), "<ordinal> <code>" (under his open cart's code), a refusal as a
-- negative number (-1 he holds the item, -2 limit, -3 all held, -4 all sold), or "not loaded".

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
-- An item of one unit is taken by the same command that tells whether it was free.
if unit < 0 or redis.call('SETBIT', free, unit, 0) == 0 then
    local soldCount = stock == 1 and redis.call('GETBIT', sold, first)
        or redis.call('BITCOUNT', sold, first, last, 'BIT')
    return soldCount == stock and -4 or -3
end

if code == '-' then code = candidate end
-- Not confirmed by the ledger yet: in place of the end of the hold stands, negated, when it was reserved.
redis.call('HSET', held, unit, code .. ' -' .. clock() .. ' ' .. buyer)
ordinals[#ordinals + 1] = unit
writeBuyer(buyers, buyer, code, bought, ordinals)
if code == candidate then return unit end
return unit .. ' ' .. code
