// What this instance knows of one ledger's words on shops. It is asked only where there are several pods.

internal import Synchronization

/// A copy of what a ledger knows, a second old while the ledger answers.
///
/// Trust rule: it only says where to ask first. A ledger that does not have the shop refuses, and then all are heard
/// anew.
public final class PlacementWatch: Sendable {
    private static let interval = Duration.seconds(1)

    public let ledger: any ShopPlacements
    private let heard = Mutex<KnownPlacements?>(nil)

    public init(_ ledger: any ShopPlacements) {
        self.ledger = ledger
    }

    /// What this ledger has heard; nil before it has answered.
    public var known: KnownPlacements? { heard.withLock(\.self) }

    /// The latest word on a shop that this ledger has heard; nil before it has answered.
    public func placement(of shop: ShopID) -> ShopPlacement? { known?.placement(of: shop) }

    /// Whether the ledger has heard that a shop is in this pod.
    public func names(_ pod: PodID) -> Bool { known?.moved.values.contains { $0.pod == pod } ?? false }

    public func refresh() async throws(LedgerFailure) {
        let known = try await ledger.known()
        heard.withLock { $0 = known }
    }

    /// Hears until the task is cancelled. What was heard last stands while the ledger does not answer.
    public func run() async {
        while !Task.isCancelled {
            try? await refresh()
            try? await Task.sleep(for: Self.interval)
        }
    }
}
