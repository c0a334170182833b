-- wrk: checkouts of buyers of their own for the items in turn, round and round; sold out, they are refused.
-- SALE is the sale, ITEMS how many items it has; both from the environment.
local sale, items = os.getenv("SALE"), tonumber(os.getenv("ITEMS"))
local buyer = tonumber(os.getenv("FIRST") or "0")

function request()
    buyer = buyer + 1
    return wrk.format("POST", "/checkout?user_id=rush-" .. buyer .. "&id=ITM-" .. sale .. "-" .. buyer % items + 1)
end

function done(summary, latency)
    io.write(string.format("RESULT %d %d %d\n", summary.requests, summary.duration,
        summary.errors.status + summary.errors.timeout + summary.errors.read))
end
