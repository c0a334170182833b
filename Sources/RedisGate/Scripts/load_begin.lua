-- Begins to load a sale: sets the load token, and removes what an earlier load of the epoch left, and what a load of
-- another epoch that did not end has written: it would stay until a day after the sale.
--
-- If this epoch was loaded before, it is not loaded from here until the load is complete.
--
-- KEYS: marker, free, sold, held, buyers, load token, facts kept for the load, then the data keys of the other load
-- ARGV: epoch, this server's run_id, "<epoch> <token> <stock of an item>", lifetime of the token in ms
-- Returns the marker before this load ("" if there was none), or 0 if a higher epoch is loaded or being loaded.

local epoch, runID = tonumber(ARGV[1]), ARGV[2]

-- A key that should be a text and is not is as good as lost. If it stayed, it would fail every load.
local function text(key)
    local kind = redis.call('TYPE', key).ok
    if kind ~= 'string' and kind ~= 'none' then redis.call('UNLINK', key) end
    return redis.call('GET', key) or ''
end

local marker = text(KEYS[1])
local markerEpoch, markerRunID = string.match(marker, '^(%d+) (%S+)')
if markerRunID == runID and tonumber(markerEpoch) > epoch then return 0 end

local loading = string.match(text(KEYS[6]), '^(%d+) ')
if loading and tonumber(loading) > epoch then return 0 end

if tonumber(markerEpoch) == epoch then redis.call('DEL', KEYS[1]) end
redis.call('UNLINK', KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[7])
if #KEYS > 7 then redis.call('UNLINK', unpack(KEYS, 8)) end
redis.call('SET', KEYS[6], ARGV[3], 'PX', ARGV[4])
return marker
