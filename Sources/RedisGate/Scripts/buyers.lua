-- A buyer's field: "<code of the open cart, or -> <units bought> <ordinals of units held, separated by commas>".
-- Ordinals stay texts: a number that goes to a command is printed anew each time.
--
-- Calling a command costs Lua several times what the command does. So a script reads all its buyers by one command, and
-- writes those that it has changed by one.

local function parseBuyer(field)
    if not field then return {code = '-', bought = 0, ordinals = {}} end
    local code, bought, list = string.match(field, '^(%S+) (%d+) (.*)$')
    local ordinals = {}
    for ordinal in string.gmatch(list, '%d+') do ordinals[#ordinals + 1] = ordinal end
    return {code = code, bought = tonumber(bought), ordinals = ordinals}
end

-- The buyers of some names, by name. As many as Lua's `unpack` takes, some 7,000.
local function readBuyers(key, names)
    local buyers = {}
    if #names == 0 then return buyers end
    for index, field in ipairs(redis.call('HMGET', key, unpack(names))) do
        local name = names[index]
        buyers[name] = buyers[name] or parseBuyer(field)
    end
    return buyers
end

local function give(buyer, ordinal, code)
    buyer.code = code
    buyer.ordinals[#buyer.ordinals + 1] = ordinal
    buyer.isChanged = true
end

-- Takes a unit from a buyer, and tells whether it held the unit. A cart without units is closed, and its code removed.
local function take(buyer, ordinal)
    local kept = {}
    for _, one in ipairs(buyer.ordinals) do
        if one ~= ordinal then kept[#kept + 1] = one end
    end
    if #kept == #buyer.ordinals then return false end
    buyer.ordinals = kept
    if #kept == 0 then buyer.code = '-' end
    buyer.isChanged = true
    return true
end

-- Writes the buyers that have changed. One without units is removed.
local function writeBuyers(key, buyers)
    local fields, gone = {}, {}
    for name, buyer in pairs(buyers) do
        if buyer.isChanged and #buyer.ordinals == 0 and buyer.bought == 0 then
            gone[#gone + 1] = name
        elseif buyer.isChanged then
            fields[#fields + 1] = name
            fields[#fields + 1] = string.format('%s %d %s', buyer.code, buyer.bought, table.concat(buyer.ordinals, ','))
        end
    end
    if #fields > 0 then redis.call('HSET', key, unpack(fields)) end
    if #gone > 0 then redis.call('HDEL', key, unpack(gone)) end
end
