-- Completes a load: applies the facts that were committed meanwhile and sets the marker, unless another load came
-- between. Needs buyers.lua and facts.lua.
--
-- KEYS: marker, free, sold, held, buyers, load token, facts kept for the load, then the data keys of the former epoch
-- ARGV: the load token's value, the marker to set, epoch, this server's run_id, when the marker expires (ms since 1970)
-- Returns 1, or 0 if another load came between or a key is lost.

local markerKey, free, sold, held, buyers, load, kept = unpack(KEYS, 1, 7)

if redis.call('GET', load) ~= ARGV[1] then return 0 end
local markerEpoch, markerRunID = string.match(redis.call('GET', markerKey) or '', '^(%d+) (%S+)')
if markerRunID == ARGV[4] and tonumber(markerEpoch) > tonumber(ARGV[3]) then return 0 end
if redis.call('EXISTS', free, sold, held, buyers) ~= 4 then return 0 end

applyFacts({free = free, sold = sold, held = held, buyers = buyers}, redis.call('LRANGE', kept, 0, -1), 1)
redis.call('SET', markerKey, ARGV[2], 'PXAT', ARGV[5])
redis.call('UNLINK', load, kept)
if #KEYS > 7 then redis.call('UNLINK', unpack(KEYS, 8)) end
return 1
