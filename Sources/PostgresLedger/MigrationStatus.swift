// How a database's schema stands to what this build knows. Pure: what was read is passed in.

public import FlashSale

/// How it stands with one version.
public struct MigrationStatus: Hashable, Sendable {
    public enum State: Hashable, Sendable {
        /// Known here, not applied there.
        case pending
        case applied(at: Timestamp)
        /// Applied there with another text than is known here.
        case changed(at: Timestamp)
        /// Applied there, not known here.
        case unknown(at: Timestamp)
    }

    public let version: Int
    public let name: String
    public let state: State

    public init(version: Int, name: String, state: State) {
        self.version = version
        self.name = name
        self.state = state
    }
}

/// Whether this build and a database fit together.
public enum SchemaState: Hashable, Sendable {
    case current
    /// These are to be applied, in this order.
    case pending([Migration])
    /// The database is at a version that this build does not know.
    case unknown(version: Int)
    /// A migration of this name was applied with another text.
    case changed(name: String)

    init(_ statuses: [MigrationStatus], of migrations: [Migration]) {
        var pending: Set<Int> = []
        var changed: String?
        var unknown: Int?
        for status in statuses {
            switch status.state {
            case .applied: break
            case .pending: pending.insert(status.version)
            case .changed: changed = changed ?? status.name
            case .unknown: unknown = max(unknown ?? status.version, status.version)
            }
        }
        if let unknown {
            self = .unknown(version: unknown)
        } else if let changed {
            self = .changed(name: changed)
        } else if pending.isEmpty {
            self = .current
        } else {
            self = .pending(migrations.filter { pending.contains($0.version) })
        }
    }
}
