-- A buyer's field: "<code of the open cart, or -> <units bought> <ordinals of units held, separated by commas>".
-- Ordinals stay texts: a number that goes to a command is printed anew each time.

local function readBuyer(key, buyer)
    local field = redis.call('HGET', key, buyer)
    if not field then return '-', 0, {} end
    local code, bought, list = string.match(field, '^(%S+) (%d+) (.*)$')
    local ordinals = {}
    for ordinal in string.gmatch(list, '%d+') do ordinals[#ordinals + 1] = ordinal end
    return code, tonumber(bought), ordinals
end

-- A cart without units is closed, and its code removed. A buyer without units is removed too.
local function writeBuyer(key, buyer, code, bought, ordinals)
    if #ordinals == 0 then code = '-' end
    if #ordinals == 0 and bought == 0 then
        redis.call('HDEL', key, buyer)
    else
        redis.call('HSET', key, buyer, code .. ' ' .. bought .. ' ' .. table.concat(ordinals, ','))
    end
end

local function without(ordinals, gone)
    local kept = {}
    for _, ordinal in ipairs(ordinals) do
        if ordinal ~= gone then kept[#kept + 1] = ordinal end
    end
    return kept
end
