// All settings of a run: read from a file or chosen by name, changed by flags, checked, and shown in reports.

/// A load test's settings.
struct Scenario: Sendable {
    /// When buyers come.
    enum Load: Hashable, Sendable {
        /// By a schedule, whatever the service does.
        case open([Stage], Arrivals.Spread)
        /// A number of buyers at a time, for some seconds: one comes when another has left.
        case closed(buyers: Int, seconds: Double)

        var stages: [Stage]? {
            guard case .open(let stages, _) = self else { return nil }
            return stages
        }

        /// The same rates in another time: every stage is longer or shorter by one factor.
        func lasting(_ seconds: Double) -> Load {
            switch self {
            case .open(let stages, let spread):
                let factor = seconds / stages.reduce(0) { $0 + $1.seconds }
                return .open(stages.map { Stage(seconds: $0.seconds * factor, from: $0.from, to: $0.to) }, spread)
            case .closed(let buyers, _):
                return .closed(buyers: buyers, seconds: seconds)
            }
        }

        /// So many times as many buyers in the same time.
        func scaled(by factor: Double) -> Load {
            switch self {
            case .open(let stages, let spread):
                .open(
                    stages.map { Stage(seconds: $0.seconds, from: $0.from * factor, to: $0.to * factor) }, spread)
            case .closed(let buyers, let seconds):
                .closed(buyers: Int((Double(buyers) * factor).rounded()), seconds: seconds)
            }
        }

        var buyersAtATime: Int? {
            guard case .closed(let buyers, _) = self else { return nil }
            return buyers
        }
    }

    /// A command that is run while buyers come.
    struct Fault: Hashable, Sendable {
        /// Seconds after the start.
        var at: Double
        /// For `/bin/sh -c`.
        var command: String
    }

    static let secondsMax = 7.0 * 24 * 3_600
    static let rateMax = 1_000_000.0
    static let buyersMax = 1_000_000
    static let connectionsMax = 50_000
    static let threadsMax = 64

    var name = "custom"
    var seed: UInt64 = 1
    var load = Load.open(Stage.constant(50, seconds: 10), .poisson)
    var mix = BuyerMix.usual
    /// The share of the items that are hot, from 0 to 1.
    var hotShare = 0.2
    var connections = 256
    var threads = 1
    /// How long a request may take before its outcome counts as unknown, in seconds.
    var timeout = 5.0
    /// How long buyers may go on after the last arrival, in seconds.
    var drain = 5.0
    /// When the sale starts, in seconds of the schedule; nil if the schedule does not wait for it.
    var bell: Double?
    /// The share of requests that carry a `traceparent`.
    var tracedShare = 0.01
    /// No buyer comes any more once everything is sold.
    var endsWhenSoldOut = false
    var thresholds: [Threshold] = []
    var faults: [Fault] = []

    /// How long buyers come, in seconds.
    var seconds: Double {
        switch load {
        case .open(let stages, _): stages.reduce(0) { $0 + $1.seconds }
        case .closed(_, let seconds): seconds
        }
    }

    /// The errors, in sentences; empty if there are none.
    var problems: [String] {
        var problems: [String] = []
        func require(_ holds: Bool, _ sentence: String) {
            if !holds { problems.append(sentence) }
        }
        switch load {
        case .open(let stages, _):
            require(!stages.isEmpty, "There must be at least one stage.")
            for (number, stage) in stages.enumerated() {
                require(stage.seconds > 0, "Stage \(number + 1): its seconds must be above 0.")
                require(
                    stage.from >= 0 && stage.to >= 0 && max(stage.from, stage.to) <= Self.rateMax,
                    "Stage \(number + 1): its rates must be from 0 to 1,000,000 buyers a second.")
            }
            require(stages.contains { $0.total > 0 }, "All rates are 0: no buyer would come.")
        case .closed(let buyers, _):
            require((1...Self.buyersMax).contains(buyers), "There must be from 1 to 1,000,000 buyers.")
        }
        require(
            seconds > 0 && seconds <= Self.secondsMax, "The run must last more than 0 seconds, and a week at most.")
        require(mix.weights.values.allSatisfy { $0 >= 0 }, "The weights of buyers must not be negative.")
        require(!mix.isEmpty, "All weights of buyers are 0: no buyer would come.")
        require(hotShare > 0 && hotShare <= 1, "The hot items must be above 0 and at most 100 percent.")
        require((1...Self.threadsMax).contains(threads), "There must be from 1 to 64 threads.")
        require(
            (threads...Self.connectionsMax).contains(connections),
            "There must be a connection for each thread, and 50,000 at most.")
        require(timeout > 0 && timeout <= 600, "The timeout must be above 0 and at most 600 seconds.")
        require((0...3_600).contains(drain), "Buyers may go on from 0 to 3,600 seconds after the last arrival.")
        if let bell { require(bell >= 0 && bell <= seconds, "The bell must ring within the run's \(seconds) s.") }
        require((0...1).contains(tracedShare), "The traced share must be from 0 to 100 percent.")
        for fault in faults {
            require(
                fault.at >= 0 && fault.at <= seconds,
                "The fault at \(fault.at) s lies outside of the run's \(seconds) s: \(fault.command)")
        }
        return problems
    }
}
