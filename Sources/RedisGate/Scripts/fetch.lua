-- Reads a stretch of the bitmaps. Starts with marker.lua and clock.lua.
--
-- KEYS: marker, free, sold, held, buyers      ARGV: marker wanted, the first and the last byte
-- Returns the bytes of free and of sold units and the time, or "not loaded".

if not isLoaded(KEYS[1], ARGV[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]) then return notLoaded(KEYS[1]) end
-- A key of another type fails the scripts that buyers wait for, and the gate stays out of use: this one finds it.
redis.call('HLEN', KEYS[4])
redis.call('HLEN', KEYS[5])
local free = redis.call('GETRANGE', KEYS[2], ARGV[2], ARGV[3])
local sold = redis.call('GETRANGE', KEYS[3], ARGV[2], ARGV[3])
return {free, sold, clock()}
