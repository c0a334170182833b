-- What the ledger has committed, applied to the gate. Each fact is a text of its own:
-- "<held|sold|released> <ordinal> <code> <expires µs> <buyer>".
--
-- Facts are idempotent. Sold always wins: after it neither held nor released changes the unit. Released counts only
-- while the same code holds the unit.

local function forget(keys, buyer, ordinal)
    local code, bought, ordinals = readBuyer(keys.buyers, buyer)
    writeBuyer(keys.buyers, buyer, code, bought, without(ordinals, ordinal))
end

-- The hold of a unit as the gate knows it: its code, its buyer and when it was reserved.
local function holder(keys, ordinal)
    local entry = redis.call('HGET', keys.held, ordinal)
    if not entry then return nil end
    local code, since, buyer = string.match(entry, '^(%S+) %d+ (%d+) (%S+)$')
    return code, buyer, since
end

local apply = {}

function apply.held(keys, ordinal, code, expires, buyer, now)
    if redis.call('GETBIT', keys.sold, ordinal) == 1 then return end
    local _, formerBuyer, since = holder(keys, ordinal)
    if formerBuyer and formerBuyer ~= buyer then forget(keys, formerBuyer, ordinal) end
    redis.call('SETBIT', keys.free, ordinal, 0)
    redis.call('HSET', keys.held, ordinal, code .. ' ' .. expires .. ' ' .. (since or now) .. ' ' .. buyer)
    local _, bought, ordinals = readBuyer(keys.buyers, buyer)
    ordinals = without(ordinals, ordinal)
    ordinals[#ordinals + 1] = ordinal
    writeBuyer(keys.buyers, buyer, code, bought, ordinals)
end

-- Whoever held the unit in the gate: the ledger has sold it, to this buyer.
function apply.sold(keys, ordinal, code, expires, buyer)
    local _, formerBuyer = holder(keys, ordinal)
    if formerBuyer then
        forget(keys, formerBuyer, ordinal)
        redis.call('HDEL', keys.held, ordinal)
    end
    redis.call('SETBIT', keys.free, ordinal, 0)
    if redis.call('SETBIT', keys.sold, ordinal, 1) == 0 then
        local open, bought, ordinals = readBuyer(keys.buyers, buyer)
        writeBuyer(keys.buyers, buyer, open, bought + 1, ordinals)
    end
end

function apply.released(keys, ordinal, code)
    local formerCode, formerBuyer = holder(keys, ordinal)
    if formerCode ~= code then return end
    redis.call('HDEL', keys.held, ordinal)
    forget(keys, formerBuyer, ordinal)
    if redis.call('GETBIT', keys.sold, ordinal) == 0 then redis.call('SETBIT', keys.free, ordinal, 1) end
end

local function applyFacts(keys, facts, first)
    local time = redis.call('TIME')
    local now = time[1] .. string.format('%03d', math.floor(tonumber(time[2]) / 1000))
    for index = first, #facts do
        local kind, ordinal, code, expires, buyer = string.match(facts[index], '^(%l+) (%d+) (%x+) (%d+) (%S+)$')
        apply[kind](keys, tonumber(ordinal), code, expires, buyer, now)
    end
end
