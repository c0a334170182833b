-- Reads the bitmaps. Needs marker.lua.
--
-- KEYS: marker, free, sold, held, buyers      ARGV: wanted marker
-- Returns the bitmaps of the free and of the sold units, or "not loaded".

if not isLoaded(KEYS[1], ARGV[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]) then return notLoaded(KEYS[1]) end
-- A key of another type would fail the buyers' scripts again and again: these calls fail here, and the sale is rebuilt.
redis.call('HLEN', KEYS[4])
redis.call('HLEN', KEYS[5])
return {redis.call('GET', KEYS[2]), redis.call('GET', KEYS[3])}
