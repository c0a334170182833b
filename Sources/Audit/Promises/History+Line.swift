// What a journal has of a waiting room.

extension History {
    /// What an answer said of a buyer's place in line.
    package struct Place: Hashable, Sendable {
        /// The ticket in the answer.
        var ticket: String?
        /// Nil before the draw.
        var number: Int32?
        var isCalled: Bool
        var ahead: Int32?
        /// How many seconds it may take, if the answer told.
        var low: Int32?
        var high: Int32?

        /// How many numbers were called at least when the service said this; nil if it does not follow.
        var calledAtLeast: Int32? {
            guard let number else { return nil }
            if isCalled { return number }
            return ahead.map { number - $0 - 1 }
        }
    }

    /// What an answer said of the draw.
    package struct Draw: Hashable, Sendable {
        package var commit: String
        /// Nil before the draw is published, as is the count.
        package var seed: String?
        /// How many took part.
        package var count: Int32?

        package init(commit: String, seed: String? = nil, count: Int32? = nil) {
            self.commit = commit
            self.seed = seed
            self.count = count
        }
    }

    /// How a sale stands, by the service's word for it. The list is restated here, apart from the service's own.
    package enum Phase: String, Sendable {
        case closed, gathering, open, holding, paused, over
        case soldOut = "sold_out"

        /// Whether nobody need wait any longer.
        package var isEnd: Bool { self == .soldOut || self == .over }
    }

    /// What an answer or an event said of the whole line.
    package struct Line: Hashable, Sendable {
        /// The place of its request in the journal.
        var exchange: Int
        /// Nanoseconds from the start.
        package var at: Int64
        package var phase: Phase
        package var called: Int32?
        /// Nil if it was told before, or not at all.
        package var draw: Draw?
    }

    /// When the sale starts, in nanoseconds from the run's start; nil if it has no waiting room.
    var roomStarts: Int64? { sale.roomStarts.map { $0 * 1_000_000 - wall } }
}
