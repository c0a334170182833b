-- Looks for a free unit for each request of a sale, and reserves it for its buyer. Needs marker.lua, buyers.lua and
-- clock.lua. The requests are decided in their order; each sees what those before it have reserved.
--
-- KEYS: marker, free, sold, held, buyers
-- ARGV: wanted marker, the stock of an item, the buyers' limit, and for each request the ordinal of its item's first
--       unit, its buyer, and the code for the cart if the buyer has no open one
-- Returns for each request the unit's ordinal (under the given code), "<ordinal> <code>" (under the open cart's code),
-- or a refusal as a negative number (-1 the buyer holds the item, -2 limit, -3 all held, -4 all sold). If the sale is
-- not loaded, returns the present marker alone, as a text.

local markerKey, free, sold, held, buyersKey = unpack(KEYS)
local stock, limit = tonumber(ARGV[2]), tonumber(ARGV[3])

if not isLoaded(markerKey, ARGV[1], free, sold, held, buyersKey) then return redis.call('GET', markerKey) or '' end

local names = {}
for index = 5, #ARGV, 3 do names[#names + 1] = ARGV[index] end
local buyers = readBuyers(buyersKey, names)
-- Fields of the units' holders, and their values.
local entries = {}
-- The ledger has not confirmed it yet: the time of the reservation, negated, stands in place of the hold's end.
local reservedAt = ' -' .. clock() .. ' '

local function reserve(unit, name, candidate)
    local first = tonumber(unit)
    local last = first + stock - 1
    local buyer = buyers[name]
    for _, other in ipairs(buyer.ordinals) do
        local taken = tonumber(other)
        if taken >= first and taken <= last then return -1 end
    end
    if buyer.bought + #buyer.ordinals >= limit then return -2 end

    -- For an item of one unit, one command reserves it and tells whether it was free.
    local ordinal = first
    if stock > 1 then
        ordinal = redis.call('BITPOS', free, 1, first, last, 'BIT')
        unit = string.format('%d', ordinal)
    end
    if ordinal == -1 or redis.call('SETBIT', free, unit, 0) == 0 then
        local soldCount = stock == 1 and redis.call('GETBIT', sold, unit)
            or redis.call('BITCOUNT', sold, first, last, 'BIT')
        return soldCount == stock and -4 or -3
    end

    local code = buyer.code == '-' and candidate or buyer.code
    give(buyer, unit, code)
    entries[#entries + 1] = unit
    entries[#entries + 1] = code .. reservedAt .. name
    if code == candidate then return ordinal end
    return unit .. ' ' .. code
end

local outcomes = {}
for index = 4, #ARGV, 3 do
    outcomes[#outcomes + 1] = reserve(ARGV[index], ARGV[index + 1], ARGV[index + 2])
end
if #entries > 0 then redis.call('HSET', held, unpack(entries)) end
writeBuyers(buyersKey, buyers)
return outcomes
