-- Reads a part of the bitmaps. Needs marker.lua and clock.lua.
--
-- KEYS: marker, free, sold, held, buyers      ARGV: wanted marker, the first and the last byte
-- Returns the bytes of the free and of the sold units and the time, or "not loaded".

if not isLoaded(KEYS[1], ARGV[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]) then return notLoaded(KEYS[1]) end
-- A key of another type would fail the buyers' scripts again and again: these calls fail here, and the sale is rebuilt.
redis.call('HLEN', KEYS[4])
redis.call('HLEN', KEYS[5])
local free = redis.call('GETRANGE', KEYS[2], ARGV[2], ARGV[3])
local sold = redis.call('GETRANGE', KEYS[3], ARGV[2], ARGV[3])
return {free, sold, clock()}
