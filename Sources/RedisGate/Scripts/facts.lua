-- Applies facts that the ledger has committed. Needs buyers.lua. Each fact is one text:
-- "<held|sold|released> <ordinal> <code> <expires µs> <buyer>".
--
-- Facts are idempotent. `sold` always wins: after it neither `held` nor `released` changes the unit. `released` counts
-- only while the same code holds the unit.
--
-- Facts are applied in pieces. What a piece changes in the hashes is a draft, which is written at its end: buyers by
-- their names, and the entries of units' holders by ordinals, false for one that is to go.

local factsPerPiece = 500

local function buyerOf(draft, name)
    if not draft.buyers[name] then
        draft.buyers[name] = parseBuyer(redis.call('HGET', draft.keys.buyers, name))
    end
    return draft.buyers[name]
end

-- The code and the buyer that hold a unit in the gate.
local function holder(draft, ordinal)
    local entry = draft.entries[ordinal]
    if entry == nil then entry = redis.call('HGET', draft.keys.held, ordinal) end
    if not entry then return nil end
    return string.match(entry, '^(%S+) %-?%d+ (%S+)$')
end

-- Takes the unit from whoever holds it in the gate, or from the free ones.
local function takeFromHolder(draft, ordinal)
    local _, name = holder(draft, ordinal)
    if not name then return redis.call('SETBIT', draft.keys.free, ordinal, 0) end
    draft.entries[ordinal] = false
    take(buyerOf(draft, name), ordinal)
end

local apply = {}

function apply.held(draft, ordinal, code, expires, name)
    if redis.call('GETBIT', draft.keys.sold, ordinal) == 1 then return end
    local _, former = holder(draft, ordinal)
    if former and former ~= name then take(buyerOf(draft, former), ordinal) end
    redis.call('SETBIT', draft.keys.free, ordinal, 0)
    draft.entries[ordinal] = code .. ' ' .. expires .. ' ' .. name
    local buyer = buyerOf(draft, name)
    take(buyer, ordinal)
    give(buyer, ordinal, code)
end

-- The ledger has sold the unit to this buyer, who holds it as a rule. The gate may show another holder.
function apply.sold(draft, ordinal, code, expires, name)
    local buyer = buyerOf(draft, name)
    local isHolder = take(buyer, ordinal)
    if isHolder then draft.entries[ordinal] = false else takeFromHolder(draft, ordinal) end
    local wasSold = redis.call('SETBIT', draft.keys.sold, ordinal, 1) == 1
    if wasSold and not isHolder then return end
    if not wasSold then buyer.bought = buyer.bought + 1 end
    buyer.isChanged = true
end

function apply.released(draft, ordinal, code)
    local formerCode, former = holder(draft, ordinal)
    if formerCode ~= code then return end
    draft.entries[ordinal] = false
    take(buyerOf(draft, former), ordinal)
    if redis.call('GETBIT', draft.keys.sold, ordinal) == 0 then redis.call('SETBIT', draft.keys.free, ordinal, 1) end
end

local function write(draft)
    local fields, gone = {}, {}
    for ordinal, entry in pairs(draft.entries) do
        if entry then
            fields[#fields + 1] = ordinal
            fields[#fields + 1] = entry
        else
            gone[#gone + 1] = ordinal
        end
    end
    if #fields > 0 then redis.call('HSET', draft.keys.held, unpack(fields)) end
    if #gone > 0 then redis.call('HDEL', draft.keys.held, unpack(gone)) end
    writeBuyers(draft.keys.buyers, draft.buyers)
end

local function applyPiece(keys, facts, first, last)
    local parsed, names = {}, {}
    for index = first, last do
        local fact = {string.match(facts[index], '^(%l+) (%d+) (%x+) (%d+) (%S+)$')}
        parsed[#parsed + 1] = fact
        names[#names + 1] = fact[5]
    end
    local draft = {keys = keys, buyers = readBuyers(keys.buyers, names), entries = {}}
    for _, fact in ipairs(parsed) do apply[fact[1]](draft, unpack(fact, 2)) end
    write(draft)
end

local function applyFacts(keys, facts, first)
    for start = first, #facts, factsPerPiece do
        applyPiece(keys, facts, start, math.min(start + factsPerPiece - 1, #facts))
    end
end
