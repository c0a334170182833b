-- Counts the stock. Needs marker.lua.
--
-- KEYS: marker, free, sold, held, buyers      ARGV: wanted marker
-- Returns the numbers of free and of sold units, or "not loaded".

if not isLoaded(KEYS[1], ARGV[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]) then return notLoaded(KEYS[1]) end
return {redis.call('BITCOUNT', KEYS[2]), redis.call('BITCOUNT', KEYS[3])}
