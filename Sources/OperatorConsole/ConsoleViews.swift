// What the pages of the console show, as values.

public import FlashSale

/// What stands around every page.
public struct ConsoleFrame: Sendable {
    /// Which environment this is; empty for no word of it.
    public var banner: String
    /// Nil if nobody is signed in.
    public var session: ConsoleSession?
    public var notice: ConsoleNotice?
    public var now: Timestamp
    /// Whether buyers need not prove who they are.
    public var isIdentityOff = false
    /// The page's own address.
    public var here: String
    /// After how many seconds the page is drawn anew; nil for never.
    public var pollSeconds: Int?

    public init(banner: String, now: Timestamp, here: String) {
        self.banner = banner
        self.now = now
        self.here = here
    }
}

/// A word on what was done, or why not.
public struct ConsoleNotice: Hashable, Sendable {
    public let title: String
    public let text: String
    public let isBad: Bool

    public init(title: String, text: String, isBad: Bool) {
        self.title = title
        self.text = text
        self.isBad = isBad
    }

    /// What an act has done.
    public static func done(_ act: ConsoleAct, isAgain: Bool) -> ConsoleNotice {
        ConsoleNotice(title: "Done", text: act.done + (isAgain ? " " + again : ""), isBad: false)
    }

    public static func created(isAgain: Bool) -> ConsoleNotice {
        ConsoleNotice(title: "Done", text: "The sale is created." + (isAgain ? " " + again : ""), isBad: false)
    }

    private static let again = "This form was sent before, and has acted once."
}

/// How a sale stands, for its board.
public struct ConsoleBoard: Sendable {
    /// What has happened over a while, as far as somebody was looking.
    public struct Pulse: Sendable {
        /// Over how many seconds; nil if this is the first look.
        public var seconds: Double?
        public var sold = 0
        public var attempts: UInt64 = 0
        /// By reason: since the start of this instance, and over the while.
        public var refusals: [(reason: String, total: UInt64, lately: UInt64)] = []

        public init() {}
    }

    /// The waiting room.
    public struct Line: Sendable {
        public let waiting: Int
        public let called: Int
        /// Numbers a second; nil while that is not known.
        public let pace: Double?

        public init(waiting: Int, called: Int, pace: Double?) {
            self.waiting = waiting
            self.called = called
            self.pace = pace
        }
    }

    /// Something that is well or not.
    public struct Fact: Sendable {
        public let name: String
        public let value: String
        public let isBad: Bool

        public init(_ name: String, _ value: String, isBad: Bool = false) {
            self.name = name
            self.value = value
            self.isBad = isBad
        }
    }

    public var view: LiveView
    public var pulse: Pulse
    /// Nil if the sale has none.
    public var line: Line?
    public var health: [Fact]
    public var duties: [Fact]
    public var instances: [Fact]
    /// The latest changes, oldest first; nil if they cannot be read now.
    public var events: [SaleEvent]?

    public init(
        view: LiveView, pulse: Pulse, line: Line?, health: [Fact], duties: [Fact], instances: [Fact],
        events: [SaleEvent]?
    ) {
        self.view = view
        self.pulse = pulse
        self.line = line
        self.health = health
        self.duties = duties
        self.instances = instances
        self.events = events
    }
}

/// Where an operator looks further.
public struct ConsoleLinks: Hashable, Sendable {
    /// The addresses of Grafana, Prometheus and the folder of runbooks; empty for none.
    public var grafana = ""
    public var prometheus = ""
    public var runbooks = ""

    public init() {}
}

/// What came of something that takes a while.
public enum ConsoleErrand<Value: Sendable>: Sendable {
    case running(since: Timestamp)
    case done(Value, at: Timestamp)
    /// With a sentence.
    case failed(String, at: Timestamp)
}

/// The verdict of an audit.
public struct ConsoleAudit: Sendable {
    public struct Row: Sendable {
        public let invariant: String
        public let sentence: String
        public let breaches: Int
        public let examples: [String]

        public init(invariant: String, sentence: String, breaches: Int, examples: [String]) {
            self.invariant = invariant
            self.sentence = sentence
            self.breaches = breaches
            self.examples = examples
        }
    }

    public let rows: [Row]
    public let notes: [String]
    /// Why a store was not checked that was to be; nil if there was none.
    public let problem: String?
    public let seconds: Double
    public var isClean: Bool { rows.allSatisfy { $0.breaches == 0 } }

    public init(rows: [Row], notes: [String], problem: String?, seconds: Double) {
        self.rows = rows
        self.notes = notes
        self.problem = problem
        self.seconds = seconds
    }
}
