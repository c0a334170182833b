-- wrk: asks for a page again and again, with the fields of one visitor. The environment has COOKIE, and LANGUAGE, what
-- its browser accepts.
wrk.headers["Accept-Language"] = os.getenv("LANGUAGE") or "en"
if os.getenv("COOKIE") ~= "" then wrk.headers["Cookie"] = os.getenv("COOKIE") end

function done(summary)
    io.write(string.format("RESULT %d %d %d\n", summary.requests, summary.bytes, summary.errors.status
        + summary.errors.timeout + summary.errors.read))
end
