// The settings of a client: where the server is, and the client's limits.

public import Textbook

/// The settings of a `PostgresClient`. Its printed form leaves the URL out.
public struct PostgresClientConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// `postgres://user:password@host:port/database?sslmode=…`, as libpq reads it. TLS and all other parameters pass to
    /// libpq unchanged. libpq takes missing ones from its `PG…` environment variables and `~/.pgpass`.
    public var url: String
    /// The name in `pg_stat_activity`.
    public var applicationName = "flashsale"
    /// The most connections.
    public var connectionsMax = 8
    /// How many connections `run()` opens at once and replaces when they break.
    public var connectionsMin = 0
    /// How long a connection beyond the minimum may be idle before it is closed; nil for ever.
    public var idleTimeout: Duration? = .seconds(300)
    /// How old a connection becomes, less up to a tenth, so that connections opened together do not end together; nil
    /// for ever. A new connection has an empty cache in its server process, and finds a server whose address changed.
    public var connectionLifetime: Duration? = .seconds(3_600)
    /// How many calls may wait for a connection; more are refused with `queueFull`.
    public var waitersMax = 1_024
    /// How long a call waits for a connection, if its deadline does not come first.
    public var acquireTimeout: Duration = .seconds(1)
    /// How long an attempt to connect may take, name resolution and TLS included.
    public var connectTimeout: Duration = .seconds(2)
    /// The server's limit on the time of a statement; nil for none.
    public var statementTimeout: Duration? = .seconds(2)
    /// The server's limit on the time of an idle transaction; nil for none.
    public var idleInTransactionTimeout: Duration? = .seconds(2)
    /// Further settings of every session, such as `plan_cache_mode`.
    public var settings: [String: String] = [:]
    /// Whether a session may be one that cannot write: that of a standby, or of a database that is set read-only. Other
    /// clients take such a session for a failed attempt to connect and try again, so that a server that can write again
    /// is used at once.
    public var acceptsReadOnly = false
    /// The most prepared statements of one connection. Further statements are parsed each time.
    public var preparedStatementsMax = 256
    /// The pauses after failed attempts to connect. The longest is how long a server may be back unnoticed.
    public var backoff = Backoff.Bounds(minimum: .milliseconds(50), maximum: .milliseconds(250))
    /// How long `run()` waits for statements in flight when it is told to stop.
    public var drainTimeout: Duration = .seconds(5)

    public init(url: String) {
        self.url = url
    }

    public var description: String {
        "\(applicationName): \(connectionsMin) to \(connectionsMax) connections, \(waitersMax) waiters, URL not shown"
    }

    public var customMirror: Mirror { Mirror(self, children: ["description": description]) }

    /// What is wrong with the settings, in sentences; empty if nothing is. The client checks the URL when it is made.
    public var problems: [String] {
        var problems: [String] = []
        func require(_ holds: Bool, _ sentence: String) {
            if !holds { problems.append(sentence) }
        }
        require((1...1_000).contains(connectionsMax), "The maximum of connections must be from 1 to 1,000.")
        require(
            connectionsMin >= 0 && connectionsMin <= connectionsMax,
            "The minimum of connections must be from 0 to the maximum."
        )
        require((1...100_000).contains(waitersMax), "The number of waiters must be from 1 to 100,000.")
        require(preparedStatementsMax >= 0, "The number of prepared statements must not be negative.")
        require(
            (idleTimeout ?? .seconds(1)) > .zero && (connectionLifetime ?? .seconds(1)) > .zero,
            "The idle timeout and the lifetime of a connection must be above zero.")
        require(acquireTimeout > .zero, "The acquire timeout must be above zero.")
        require(connectTimeout > .zero, "The connect timeout must be above zero.")
        require(statementTimeout.map { $0 >= .milliseconds(1) } ?? true, "The statement timeout must be 1 ms or more.")
        require(
            idleInTransactionTimeout.map { $0 >= .milliseconds(1) } ?? true,
            "The idle-in-transaction timeout must be 1 ms or more."
        )
        require(!applicationName.utf8.contains(0), "The application name must not contain U+0000.")
        require(
            settings.allSatisfy { name, value in
                !name.isEmpty && name.utf8.allSatisfy(Self.isSettingNameByte) && !value.utf8.contains(0)
            },
            "A session setting's name must be of letters, digits, dots and underscores."
        )
        return problems
    }

    private static func isSettingNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x5F: true
        default: false
        }
    }
}
