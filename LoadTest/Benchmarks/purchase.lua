-- wrk: every request purchases the next code. CODES, from the environment, names a file with one code in each line.
local codes = {}
for line in io.lines(os.getenv("CODES")) do codes[#codes + 1] = line end
local next_code = 0

function request()
    next_code = next_code + 1
    -- If there are more requests than codes, the rest are refused, and the caller sees them as errors.
    return wrk.format("POST", "/purchase?code=" .. (codes[next_code] or "CHK-1-none"))
end

function done(summary, latency)
    io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), summary.errors.status + summary.errors.timeout + summary.errors.read))
end
