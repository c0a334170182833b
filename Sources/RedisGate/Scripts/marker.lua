-- The first check of every script: is this the epoch, the run of Redis and the stock that the caller wants?
--
-- The marker alone is not enough, because a key can be evicted or expire by itself. A load writes an empty field into
-- both hashes and the whole bitmaps, so all four keys exist while the sale is loaded. A missing key never means
-- "no stock".

local function isLoaded(marker, wanted, free, sold, held, buyers)
    return redis.call('GET', marker) == wanted and redis.call('EXISTS', free, sold, held, buyers) == 4
end

-- The reply "not loaded" is an array of the present marker, or of an empty string.
local function notLoaded(marker)
    return {redis.call('GET', marker) or ''}
end
