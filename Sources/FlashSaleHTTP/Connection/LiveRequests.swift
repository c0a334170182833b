// The requests at work, for people who want to know why there are many or why they are slow.

internal import Synchronization
public import Telemetry

/// The requests at work in this process, one for each connection that has any.
///
/// A request costs two stores into its connection's place. Reading the table costs the rest.
public final class LiveRequests: Sendable {
    /// A request at work.
    public struct Entry: Hashable, Sendable {
        public let handler: Handler
        /// Since its head was complete.
        public let age: Duration
    }

    /// The request of a connection: 0 for none, or the moment when it began, above a byte for the handler.
    final class Place: Sendable {
        fileprivate let word = Atomic<UInt64>(0)

        func began(_ exchange: Exchange) { word.store(Self.word(of: exchange), ordering: .relaxed) }

        /// Does nothing if the next request has begun already.
        func ended(_ exchange: Exchange) {
            _ = word.compareExchange(expected: Self.word(of: exchange), desired: 0, ordering: .relaxed)
        }

        private static func word(of exchange: Exchange) -> UInt64 {
            exchange.startedAt.nanoseconds << 8 | UInt64(exchange.route.handler.index)
        }
    }

    private let places = Mutex<[ObjectIdentifier: Place]>([:])

    public init() {}

    func open() -> Place {
        let place = Place()
        places.withLock { $0[ObjectIdentifier(place)] = place }
        return place
    }

    func close(_ place: Place) { places.withLock { $0[ObjectIdentifier(place)] = nil } }

    /// The requests at work, the oldest first.
    public func entries(at now: MonotonicTime = .now) -> [Entry] {
        let words = places.withLock { $0.values.map { $0.word.load(ordering: .relaxed) } }.filter { $0 != 0 }.sorted()
        return words.map { word in
            let age = now.nanoseconds(since: MonotonicTime(nanoseconds: word >> 8))
            return Entry(handler: Handler.all[Int(word & 0xFF)], age: .nanoseconds(Int64(age)))
        }
    }
}
