-- Redis's time in µs since 1970, as a text: Lua would write a number with too few digits.

local function clock()
    local now = redis.call('TIME')
    return now[1] .. string.format('%06d', now[2])
end
