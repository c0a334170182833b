// The facts of a run so far: counts and durations by endpoint and outcome. Each lane has its own; reports merge them.

import Audit
import Reports

/// The facts of one lane, or of all.
struct Facts: Sendable {
    /// The records of one endpoint and outcome.
    struct Cell: Sendable {
        /// From the intended start to the answer: the buyer's wait.
        var response = Latencies()
        /// From the send to the answer: the service's time.
        var service = Latencies()
    }

    private var cells = [Cell?](repeating: nil, count: Endpoint.allCases.count * Outcome.allCases.count)
    /// From the intended start to the moment the generator turned to it: the generator's own delay.
    var lag = Latencies()
    /// Buyers that came, or requests in raw mode.
    var started = 0
    /// Starts that the generator turned to more than ``lateFrom`` after they were due.
    var late = 0
    /// Requests that were due and never sent, because there was neither a connection nor room to wait for one.
    var dropped = 0
    /// Answers that were not HTTP, or not from this API.
    var garbled = 0
    var bytesReceived = 0
    var attacks: [Attack: AttackFacts] = [:]
    /// What the requests were like, for what slow and failed ones have in common.
    private(set) var traits = Records(RequestTraits.columns)

    /// In nanoseconds.
    static let lateFrom: Int64 = 1_000_000

    mutating func record(_ endpoint: Endpoint, _ outcome: Outcome, response: Int64, service: Int64) {
        let index = Self.index(endpoint, outcome)
        if cells[index] == nil { cells[index] = Cell() }
        cells[index]?.response.record(response)
        cells[index]?.service.record(service)
    }

    mutating func record(_ traits: RequestTraits) { self.traits.add(codes: traits.codes) }

    mutating func record(lag nanoseconds: Int64) {
        lag.record(nanoseconds)
        if nanoseconds > Self.lateFrom { late += 1 }
    }

    mutating func add(_ other: Facts) {
        for (index, cell) in other.cells.enumerated() {
            guard let cell else { continue }
            if cells[index] == nil {
                cells[index] = cell
            } else {
                cells[index]?.response.add(cell.response)
                cells[index]?.service.add(cell.service)
            }
        }
        lag.add(other.lag)
        started += other.started
        late += other.late
        dropped += other.dropped
        garbled += other.garbled
        bytesReceived += other.bytesReceived
        for (attack, facts) in other.attacks { attacks[attack, default: AttackFacts()].add(facts) }
        traits.add(other.traits)
    }

    func cell(_ endpoint: Endpoint, _ outcome: Outcome) -> Cell? {
        cells[Self.index(endpoint, outcome)]
    }

    func count(_ endpoint: Endpoint, _ outcome: Outcome) -> Int {
        cell(endpoint, outcome)?.response.count ?? 0
    }

    func count(_ outcome: Outcome) -> Int {
        Endpoint.allCases.reduce(0) { $0 + count($1, outcome) }
    }

    func count(_ endpoint: Endpoint) -> Int {
        Outcome.allCases.reduce(0) { $0 + count(endpoint, $1) }
    }

    /// All requests that ended, answered or not.
    var requests: Int { Outcome.allCases.reduce(0) { $0 + count($1) } }

    /// Requests that the service decided. Goodput counts these, and not answers that only shed load.
    var decisions: Int { Outcome.allCases.filter(\.isDecision).reduce(0) { $0 + count($1) } }

    /// The response times of an endpoint, or of all, over every outcome: requests without an answer have waited too.
    func response(_ endpoint: Endpoint? = nil) -> Latencies { merged(endpoint, \.response) }

    func service(_ endpoint: Endpoint? = nil) -> Latencies { merged(endpoint, \.service) }

    /// The service's times for what it decided.
    var admitted: Latencies {
        var all = Latencies()
        for endpoint in Endpoint.allCases {
            for outcome in Outcome.allCases where outcome.isDecision {
                if let cell = cell(endpoint, outcome) { all.add(cell.service) }
            }
        }
        return all
    }

    private func merged(_ endpoint: Endpoint?, _ part: KeyPath<Cell, Latencies>) -> Latencies {
        var all = Latencies()
        for candidate in Endpoint.allCases where endpoint == nil || candidate == endpoint {
            for outcome in Outcome.allCases {
                if let cell = cell(candidate, outcome) { all.add(cell[keyPath: part]) }
            }
        }
        return all
    }

    private static func index(_ endpoint: Endpoint, _ outcome: Outcome) -> Int {
        Int(endpoint.rawValue) * Outcome.allCases.count + Int(outcome.rawValue)
    }
}
