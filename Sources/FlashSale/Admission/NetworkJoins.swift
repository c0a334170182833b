// How many buyers of one network join waiting rooms.

internal import Synchronization
internal import Telemetry

/// Refuses a network that joins too often, where a limit is set. Names that cost nothing make a line long, and a
/// network costs more than a name. Carriers and offices share a network, so by default there is no limit.
public final class NetworkJoins: Sendable {
    /// The most networks remembered at a time.
    private static let networks = 16_384

    /// Nil if there is no limit.
    private let table: Mutex<RateTable?>

    /// - Parameter perMinute: joins of one network in a minute, which may come at once; 0 for no limit.
    public init(perMinute: Int) {
        table = Mutex(
            perMinute > 0
                ? RateTable(perMinute, inSeconds: 60, burst: perMinute, size: Self.networks) : nil)
    }

    /// Whether somebody of the network may join. Who may not does not count.
    public func admits(_ network: some Hashable) -> Bool { admits(network, at: .now) }

    func admits(_ network: some Hashable, at now: MonotonicTime) -> Bool {
        let key = UInt64(truncatingIfNeeded: network.hashValue)
        return table.withLock { $0?.admits(key, at: now) ?? true }
    }
}
