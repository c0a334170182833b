// What a commit survives that Postgres has acknowledged.

public import LibpqClient
internal import Telemetry

/// The settings of a session on which it depends.
public struct DatabaseDurability: Sendable {
    /// What the operator asks for.
    public enum Wish: String, CaseIterable, Sendable {
        /// A crash of Postgres takes nothing back.
        case local
        /// Nor does the promotion of a standby: every commit waits for one.
        case replicated
    }

    private static let question = PostgresStatement(
        "durability",
        """
        select current_setting('synchronous_commit'), current_setting('synchronous_standby_names') <> '',
            current_setting('fsync') = 'on' and current_setting('full_page_writes') = 'on'
        """, type: .select, table: .none)

    private let synchronousCommit: String
    private let namesStandbys: Bool
    private let survivesPowerLoss: Bool

    /// Asks a session, whose role and database may have settings of their own.
    public init(over client: PostgresClient, within limit: Duration) async throws(PostgresError) {
        let row = try await client.query(Self.question, deadline: .now + limit).firstRow()
        synchronousCommit = try row[0].string()
        namesStandbys = try row[1].bool()
        survivesPowerLoss = try row[2].bool()
    }

    /// Whether a commit waits until a standby has it.
    public var waitsForStandby: Bool { namesStandbys && !["off", "local"].contains(synchronousCommit) }

    /// Why it does not do; nil if it does.
    ///
    /// The operator may choose a stricter setting than `on`, so the service does not set one: `on` would weaken
    /// `remote_apply`.
    public func refusal(of wish: Wish) -> String? {
        if synchronousCommit == "off" {
            return "synchronous_commit is off for this role and database: a crash of Postgres would take back purchases"
                + " that were acknowledged; set it to on, or to what waits for a replica too"
        }
        guard wish == .replicated, !waitsForStandby else { return nil }
        return "commits must wait for a standby, and wait for none: name standbys in synchronous_standby_names, and"
            + " leave synchronous_commit at on or higher"
    }

    /// What an operator should know, in sentences.
    public var warnings: [String] {
        var warnings: [String] = []
        if !survivesPowerLoss {
            warnings.append("fsync or full_page_writes is off: a loss of power may take purchases back")
        }
        if namesStandbys, synchronousCommit == "local" {
            warnings.append("synchronous_commit is local: commits do not wait for the standbys that are named")
        }
        return warnings
    }
}
