// How much work a listener takes on, and whether the service is on its way out.

internal import Synchronization
internal import Telemetry

/// Whether the service takes requests. Shared by the listeners.
final class ServiceStage: Sendable {
    enum Stage: UInt8, Comparable {
        case serving
        /// Readiness is off and every answer closes its connection, but requests are still served.
        case draining
        /// The API's last connection has ended; requests for operations that still come are refused.
        case closing

        static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
    }

    private let value = Atomic<UInt8>(Stage.serving.rawValue)

    var stage: Stage { Stage(rawValue: value.load(ordering: .acquiring)) ?? .closing }

    func enter(_ stage: Stage) { value.store(stage.rawValue, ordering: .releasing) }
}

/// The bounds of one listener on connections and on requests at work.
final class Admission: Sendable {
    enum Connection: Equatable {
        case admitted
        /// One too many: its first request is answered 503.
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

    /// Counts a connection. Whatever the answer, `connectionClosed` must follow.
    func connectionOpened() -> Connection {
        let count = connections.add(1, ordering: .relaxed).newValue
        if count <= limits.connections { return .admitted }
        return count <= limits.connections + HTTPLimits.surplusConnections ? .surplus : .refused
    }

    func connectionClosed() { connections.subtract(1, ordering: .relaxed) }

    /// Counts a request, and says why it is not to be served, if it is not. Whatever the answer, `requestAnswered` must
    /// follow, and for a scrape `scrapeEnded` after it.
    func requestBegan(isProbe: Bool, isScrape: Bool = false) -> Reason? {
        let count = requests.add(1, ordering: .relaxed).newValue
        if isScrape, scrapes.add(1, ordering: .relaxed).newValue > limits.scrapesInFlight { return .overloaded }
        if isProbe { return nil }
        if stage.stage == .closing { return .draining }
        return count > limits.requestsInFlight ? .overloaded : nil
    }

    /// The work is over: the answer is being sent, or there is nobody to send it to. A client that is slow to read takes
    /// no place from others.
    func requestAnswered() { requests.subtract(1, ordering: .relaxed) }

    /// The last byte of the page has left, or never will: until then a scrape holds its place, and the page its memory.
    func scrapeEnded() { scrapes.subtract(1, ordering: .relaxed) }
}
