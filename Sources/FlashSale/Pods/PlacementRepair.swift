// Tells a pod that was restored from a backup where its shops are now. Without that it goes on to create sales of them.

public import Logging

/// Looks for a ledger that believes to have a shop that another one has by a later word.
///
/// Trust rule: a word that comes late, twice or by many changes nothing, and a move under way has no such ledger.
public struct PlacementRepair: Sendable {
    private static let interval = Duration.seconds(1)

    /// What this instance knows of the ledgers that answer.
    private let watches: @Sendable () -> [PlacementWatch]
    private let logger: Logger

    public init(of watches: @escaping @Sendable () -> [PlacementWatch], logger: Logger) {
        self.watches = watches
        self.logger = logger
    }

    /// Looks until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            await look()
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// One look at what was heard last.
    func look() async {
        let watches = watches()
        let known = watches.compactMap(\.known)
        for shop in Set(known.flatMap(\.moved.keys)) {
            guard let latest = known.map({ $0.placement(of: shop) }).max() else { continue }
            for watch in watches where watch.believes(against: latest) {
                // It may have been a second ago.
                try? await watch.refresh()
                guard let pod = watch.known?.pod, watch.believes(against: latest) else { continue }
                guard (try? await watch.ledger.learn(latest)) != nil else { continue }
                logger.warning(
                    "a pod had an older word of a shop, and knows now where it is",
                    metadata: ["pod": "\(pod)", "shop": "\(shop)", "in_pod": "\(latest.pod)"])
            }
        }
    }
}

extension PlacementWatch {
    /// Whether the ledger believes to have a shop that is elsewhere by this later word.
    fileprivate func believes(against latest: ShopPlacement) -> Bool {
        known?.own(latest.shop).map { $0 < latest } ?? false
    }
}
