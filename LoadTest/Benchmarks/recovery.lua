-- wrk: checkouts of new buyers for all items in turn, again and again; the service refuses items that are sold out. The
-- environment has SALE, the sale, and ITEMS, the number of its items.
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
