// Where the next sales of a shop are, as one ledger has heard.

/// A word on where a shop is. Each move of the shop brings about the next one.
public struct ShopPlacement: Hashable, Comparable, Sendable {
    public let shop: ShopID
    /// 0 for a shop that was never moved. A later word wins over an earlier one.
    public let version: Int32
    /// The pod that has the shop's next sales.
    public let pod: PodID
    /// No sale begins there before: until then an earlier pod may have some.
    public let beginsAt: Timestamp

    public init(shop: ShopID, version: Int32, pod: PodID, beginsAt: Timestamp) {
        self.shop = shop
        self.version = version
        self.pod = pod
        self.beginsAt = beginsAt
    }

    /// A shop that nobody has moved.
    public static func unmoved(_ shop: ShopID) -> ShopPlacement {
        ShopPlacement(shop: shop, version: 0, pod: .home, beginsAt: Timestamp(microseconds: 0))
    }

    /// Whether a word comes before another on the same shop. Two with one number are only there after a restored
    /// backup; then the pod's number decides, everywhere in the same way.
    public static func < (left: ShopPlacement, right: ShopPlacement) -> Bool {
        (left.version, left.pod) < (right.version, right.pod)
    }
}

/// What one ledger has heard of all shops.
public struct KnownPlacements: Hashable, Sendable {
    /// Which pod the ledger is.
    public let pod: PodID
    /// By shop; a shop that is not among them was never moved, for all that the ledger knows.
    public let moved: [ShopID: ShopPlacement]

    public init(pod: PodID, moved: [ShopID: ShopPlacement] = [:]) {
        self.pod = pod
        self.moved = moved
    }

    public func placement(of shop: ShopID) -> ShopPlacement { moved[shop] ?? .unmoved(shop) }

    /// The word by which this ledger creates sales of a shop; nil if it creates none.
    public func own(_ shop: ShopID) -> ShopPlacement? {
        let placement = placement(of: shop)
        return placement.pod == pod ? placement : nil
    }
}
