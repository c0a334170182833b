// How many connections and requests a listener takes at once.

internal import Synchronization
internal import Telemetry

/// The connections and the requests in progress of one listener, and their bounds.
final class ListenerBounds: Sendable {
    enum Connection: Equatable {
        case admitted
        /// More than the limit: its first request is answered 503.
        case surplus
        /// Too many even for that.
        case refused
    }

    private let limits: HTTPLimits
    private let stage: ServiceStage
    private let requests = Atomic<Int>(0)
    private let scrapes = Atomic<Int>(0)
    private let connections = Atomic<Int>(0)

    init(limits: HTTPLimits, stage: ServiceStage) {
        self.limits = limits
        self.stage = stage
    }

    var isDraining: Bool { stage.stage >= .draining }

    var isOverloaded: Bool { requests.load(ordering: .relaxed) >= limits.requestsInFlight }

    var openConnections: Int { connections.load(ordering: .relaxed) }

    /// Counts a connection. Whatever this returns, `connectionClosed` must follow.
    func connectionOpened() -> Connection {
        let count = connections.add(1, ordering: .relaxed).newValue
        if count <= limits.connections { return .admitted }
        return count <= limits.connections + HTTPLimits.surplusConnections ? .surplus : .refused
    }

    func connectionClosed() { connections.subtract(1, ordering: .relaxed) }

    /// Counts a request, and returns why it is refused; nil if it is served. Whatever this returns, `requestAnswered`
    /// must follow, and for a scrape `scrapeEnded` after it.
    func requestBegan(isProbe: Bool, isScrape: Bool = false) -> Reason? {
        let count = requests.add(1, ordering: .relaxed).newValue
        if isScrape, scrapes.add(1, ordering: .relaxed).newValue > limits.scrapesInFlight { return .overloaded }
        if isProbe { return nil }
        if stage.stage == .closing { return .draining }
        return count > limits.requestsInFlight ? .overloaded : nil
    }

    /// The request's work is over: its answer is being sent, or the client has left. A client that reads slowly takes
    /// no place from others.
    func requestAnswered() { requests.subtract(1, ordering: .relaxed) }

    /// The last byte of a scrape's page has left, or the client has. Until then the page takes memory.
    func scrapeEnded() { scrapes.subtract(1, ordering: .relaxed) }
}
