// Upgrades that clients offer. The connection declines them all and goes on as if the client had offered none.

internal import NIOHTTP1

struct OfferedUpgrades {
    /// Whether the request that is arriving offers to speak another protocol.
    private var isOffered = false
    /// Whether such a request has ended and its parser does not know that the connection goes on.
    private var isDeclined = false

    mutating func note(_ part: HTTPServerRequestPart) {
        switch part {
        case .head(let head): isOffered = head.offersUpgrade
        case .body: break
        case .end:
            isDeclined = isOffered
            isOffered = false
        }
    }

    /// Whether a request has just ended that offered an upgrade. True once for each.
    mutating func takeDeclined() -> Bool {
        defer { isDeclined = false }
        return isDeclined
    }
}
