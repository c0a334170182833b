-- wrk: every request purchases a code of its own. CODES names a file with a code a line.
local codes = {}
for line in io.lines(os.getenv("CODES")) do codes[#codes + 1] = line end
local next_code = 0

function request()
    next_code = next_code + 1
    -- More requests than codes would measure refusals; the caller sees them as errors.
    return wrk.format("POST", "/purchase?code=" .. (codes[next_code] or "CHK-1-none"))
end

function done(summary, latency)
    io.write(string.format("RESULT %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
        latency:percentile(99), summary.errors.status + summary.errors.timeout + summary.errors.read))
end
