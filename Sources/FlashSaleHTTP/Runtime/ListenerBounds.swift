// How many connections and requests a listener takes at once.

internal import Synchronization
internal import Telemetry

/// The connections and the requests in progress of one listener, and their bounds.
final class ListenerBounds: Sendable {
    /// What becomes of a new connection.
    enum Standing: Equatable {
        case admitted
        /// More than its network may have.
        case beyondShare
        /// More than the limit.
        case surplus
        /// Too many even to be told so.
        case refused
    }

    private let limits: HTTPLimits
    private let stage: ServiceStage
    private let requests = Atomic<Int>(0)
    private let scrapes = Atomic<Int>(0)
    private let connections = Atomic<Int>(0)
    private let unbound: [NetworkRange]
    /// The connections of the networks that have any.
    private let networks = Mutex<[ClientAddress.Network: Int]>([:])

    /// - Parameter unbound: the networks that may have any share of the connections.
    init(limits: HTTPLimits, stage: ServiceStage, unbound: [NetworkRange]) {
        self.limits = limits
        self.stage = stage
        self.unbound = unbound
    }

    var isDraining: Bool { stage.stage >= .draining }

    var isShutting: Bool { stage.stage >= .shutting }

    var isOverloaded: Bool { requests.load(ordering: .relaxed) >= limits.requestsInFlight }

    var openConnections: Int { connections.load(ordering: .relaxed) }

    /// The network whose share a connection counts for; nil if it counts for none.
    func network(of peer: ClientAddress?) -> ClientAddress.Network? {
        limits.networkPercent < 100 ? boundNetwork(of: peer) : nil
    }

    /// The network whose other bounds a client counts for, whatever share of the connections it may have; nil if it
    /// counts for none.
    func boundNetwork(of client: ClientAddress?) -> ClientAddress.Network? {
        client.flatMap { unbound.contains($0) ? nil : $0.network }
    }

    /// Counts a connection, and returns how many there are. `connectionClosed` must follow.
    func connectionOpened() -> Int { connections.add(1, ordering: .relaxed).newValue }

    func connectionClosed() { connections.subtract(1, ordering: .relaxed) }

    /// Counts a connection for its network, once its client is known. If there is a network, `connectionClosed(from:)`
    /// must follow.
    ///
    /// - Parameter count: what `connectionOpened` returned.
    func standing(ofConnection count: Int, from network: ClientAddress.Network?) -> Standing {
        let share = network.map { network in
            networks.withLock { networks in
                networks[network, default: 0] += 1
                return networks[network, default: 0]
            }
        }
        if count > limits.connections + HTTPLimits.surplusConnections { return .refused }
        if let share, share > max(1, limits.connections * limits.networkPercent / 100) { return .beyondShare }
        return count > limits.connections ? .surplus : .admitted
    }

    func connectionClosed(from network: ClientAddress.Network) {
        networks.withLock { networks in
            let left = networks[network, default: 1] - 1
            networks[network] = left > 0 ? left : nil
        }
    }

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
