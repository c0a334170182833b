// Looks at the sales that somebody listens to, side by side, so that one whose ledger is slow holds up its own
// listeners alone.

internal import FlashSale
internal import Synchronization

final class LiveLooks: Sendable {
    /// The most looks at once. More would only wait for connections, in front of buyers who need them too.
    static let looksAtOnce = 16
    private static let pause = Duration.milliseconds(1)

    private let underWay = Mutex<Set<SaleID>>([])

    /// Looks at each sale that is not being looked at still. Returns when it has, or when the time is over: then slow
    /// looks go on beside.
    func around(
        _ sales: [SaleID], within time: Duration, _ look: @escaping @Sendable (SaleID) async -> Void
    ) async {
        let end = ContinuousClock.now + time
        // Where not all have their turn in time, others have it next time.
        var rest = sales.shuffled()
        var begun: Set<SaleID> = []
        while true {
            while let sale = rest.last, underWay.withLock({ $0.count }) < Self.looksAtOnce {
                rest.removeLast()
                guard underWay.withLock({ $0.insert(sale).inserted }) else { continue }
                begun.insert(sale)
                Task {
                    await look(sale)
                    underWay.withLock { _ = $0.remove(sale) }
                }
            }
            if rest.isEmpty, underWay.withLock({ $0.isDisjoint(with: begun) }) { return }
            guard ContinuousClock.now < end, !Task.isCancelled else { return }
            try? await Task.sleep(for: Self.pause)
        }
    }
}
