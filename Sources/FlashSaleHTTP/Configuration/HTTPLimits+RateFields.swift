// What a buyer above its rate is told of it, by draft-ietf-httpapi-ratelimit-headers-10.

extension HTTPLimits {
    /// The fields of a refusal. Both are the same for every buyer: a refused one has nothing left, and within a second
    /// it has more.
    var rateFields: [(String, String)] {
        [
            ("RateLimit-Policy", "\"buyer\";q=\(buyerRequestsPerSecond);w=1"),
            ("RateLimit", "\"buyer\";r=0;t=1"),
        ]
    }
}
