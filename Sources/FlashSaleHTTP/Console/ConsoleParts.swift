// What the console needs from the process. It comes as closures and values, so this module depends neither on the
// stores nor on their auditors.

public import FlashSale
public import OperatorConsole
public import Telemetry

/// The parts behind /console.
public struct ConsoleParts: Sendable {
    public var settings: ConsoleSettings
    /// Who is at work over the stores of a pod. It is asked while somebody looks at a board.
    public var company: @Sendable (PodID) async -> ConsoleCompany
    /// Audits a sale.
    public var audit: @Sendable (SaleID) async throws -> ConsoleAudit
    /// Writes the story of a sale, as a page of HTML.
    public var story: @Sendable (SaleID) async throws -> String

    public init(
        settings: ConsoleSettings, company: @escaping @Sendable (PodID) async -> ConsoleCompany,
        audit: @escaping @Sendable (SaleID) async throws -> ConsoleAudit,
        story: @escaping @Sendable (SaleID) async throws -> String
    ) {
        self.settings = settings
        self.company = company
        self.audit = audit
        self.story = story
    }
}

/// How the console presents itself.
public struct ConsoleSettings: Sendable {
    /// Whether there is a console.
    public var isOn = true
    /// Which environment this is.
    public var banner = ""
    /// The names under which browsers may ask for it, besides addresses, `localhost` and the port's own host.
    public var hosts: [String] = []
    public var links = ConsoleLinks()

    public init() {}
}

/// The instances over the same stores, and which of them has which duty.
public struct ConsoleCompany: Sendable {
    /// The holder's name; nil while nobody has the duty.
    public var duties: [(duty: Duty, holder: String?)]
    /// By name: its sessions with the ledger, since when it is there, and where it listens if a registry says so.
    public var instances: [(name: String, sessions: Int, since: Timestamp, address: String?)]

    public init(
        duties: [(duty: Duty, holder: String?)] = [],
        instances: [(name: String, sessions: Int, since: Timestamp, address: String?)] = []
    ) {
        self.duties = duties
        self.instances = instances
    }
}
