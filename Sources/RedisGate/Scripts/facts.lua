-- Applies facts that the ledger has committed. Each fact is one text:
-- "<held|sold|released> <ordinal> <code> <expires µs> <buyer>".
--
-- Facts are idempotent. `sold` always wins: after it neither `held` nor `released` changes the unit. `released` counts
-- only while the same code holds the unit.

local function forget(keys, buyer, ordinal)
    local code, bought, ordinals = readBuyer(keys.buyers, buyer)
    writeBuyer(keys.buyers, buyer, code, bought, without(ordinals, ordinal))
end

-- The code and the buyer that hold a unit in the gate.
local function holder(keys, ordinal)
    local entry = redis.call('HGET', keys.held, ordinal)
    if not entry then return nil end
    return string.match(entry, '^(%S+) %-?%d+ (%S+)$')
end

-- Takes the unit from whoever holds it in the gate, or from the free ones.
local function takeFromHolder(keys, ordinal)
    local _, buyer = holder(keys, ordinal)
    if not buyer then return redis.call('SETBIT', keys.free, ordinal, 0) end
    redis.call('HDEL', keys.held, ordinal)
    forget(keys, buyer, ordinal)
end

local apply = {}

function apply.held(keys, ordinal, code, expires, buyer)
    if redis.call('GETBIT', keys.sold, ordinal) == 1 then return end
    local _, formerBuyer = holder(keys, ordinal)
    if formerBuyer and formerBuyer ~= buyer then forget(keys, formerBuyer, ordinal) end
    redis.call('SETBIT', keys.free, ordinal, 0)
    redis.call('HSET', keys.held, ordinal, code .. ' ' .. expires .. ' ' .. buyer)
    local _, bought, ordinals = readBuyer(keys.buyers, buyer)
    ordinals = without(ordinals, ordinal)
    ordinals[#ordinals + 1] = ordinal
    writeBuyer(keys.buyers, buyer, code, bought, ordinals)
end

-- The ledger has sold the unit to this buyer, who holds it as a rule. The gate may show another holder.
function apply.sold(keys, ordinal, code, expires, buyer)
    local open, bought, ordinals = readBuyer(keys.buyers, buyer)
    local rest = without(ordinals, ordinal)
    local isHolder = #rest < #ordinals
    if isHolder then redis.call('HDEL', keys.held, ordinal) else takeFromHolder(keys, ordinal) end
    local wasSold = redis.call('SETBIT', keys.sold, ordinal, 1) == 1
    if wasSold and not isHolder then return end
    if not wasSold then bought = bought + 1 end
    writeBuyer(keys.buyers, buyer, open, bought, rest)
end

function apply.released(keys, ordinal, code)
    local formerCode, formerBuyer = holder(keys, ordinal)
    if formerCode ~= code then return end
    redis.call('HDEL', keys.held, ordinal)
    forget(keys, formerBuyer, ordinal)
    if redis.call('GETBIT', keys.sold, ordinal) == 0 then redis.call('SETBIT', keys.free, ordinal, 1) end
end

local function applyFacts(keys, facts, first)
    for index = first, #facts do
        local kind, ordinal, code, expires, buyer = string.match(facts[index], '^(%l+) (%d+) (%x+) (%d+) (%S+)$')
        apply[kind](keys, ordinal, code, expires, buyer)
    end
end
