-- Begins to load a sale: takes the load token, and clears what an earlier load of the epoch left.
--
-- From here until the load has finished, an epoch that is being loaded again is not loaded.
--
-- KEYS: marker, free, sold, held, buyers, load token, facts kept for the load
-- ARGV: epoch, this server's run_id, token, milliseconds the token stands for
-- Returns the marker as it stood ("" if there was none), or 0 if a higher epoch is loaded or being loaded.

local epoch, runID = tonumber(ARGV[1]), ARGV[2]

-- What should be a text and is none is as good as lost; left there, it would fail every load.
local function text(key)
    local kind = redis.call('TYPE', key).ok
    if kind ~= 'string' and kind ~= 'none' then redis.call('UNLINK', key) end
    return redis.call('GET', key) or ''
end

local marker = text(KEYS[1])
local markerEpoch, markerRunID = string.match(marker, '^(%d+) (%S+)$')
if markerRunID == runID and tonumber(markerEpoch) > epoch then return 0 end

local loading = string.match(text(KEYS[6]), '^(%d+) ')
if loading and tonumber(loading) > epoch then return 0 end

if tonumber(markerEpoch) == epoch then redis.call('DEL', KEYS[1]) end
redis.call('UNLINK', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[7])
redis.call('SET', KEYS[6], ARGV[1] .. ' ' .. ARGV[3], 'PX', ARGV[4])
return marker
