-- What every script of a sale's keys starts with: is this the epoch, and the run of Redis, that the caller means?
--
-- The marker alone is not enough, for a key can be evicted or expire by itself. The two hashes hold an empty field from
-- the load on, and the bitmaps are written whole, so all four keys exist for as long as the sale is loaded. A missing
-- key is never "no stock".

local function isLoaded(marker, wanted, free, sold, held, buyers)
    return redis.call('GET', marker) == wanted and redis.call('EXISTS', free, sold, held, buyers) == 4
end

-- The answer "not loaded" is an array of the marker as it stands, or of an empty string.
local function notLoaded(marker)
    return {redis.call('GET', marker) or ''}
end
