-- What Redis takes the time to be, in Unix µs, as a text: a number of Lua would be written with too few digits.

local function clock()
    local now = redis.call('TIME')
    return now[1] .. string.format('%06d', now[2])
end
