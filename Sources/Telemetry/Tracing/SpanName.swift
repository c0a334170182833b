// The names of spans: a closed list, like the catalogue of metrics.

/// The kind of a span, by its number in OTLP.
public enum SpanKind: UInt8, Sendable {
    case `internal` = 1
    case server = 2
    case client = 3
}

/// The kind of work that a span covers. Some exported names have more in them, from the attributes.
public enum SpanName: UInt8, CaseIterable, Sendable {
    /// `{method} {route}`: the server's span of a request.
    case request
    case checkoutExecute
    case purchaseExecute
    /// `lock acquire {type}`.
    case lockAcquire
    /// `{operation} {script}` of Redis.
    case redisCommand
    /// `db pool wait`: a long wait for a connection to Postgres, or until one to Redis takes a command. One name for
    /// both, for OpenTelemetry counts Redis among the databases; `flashsale.pool` says which it was.
    case poolWait
    /// `{operation} {statement}` of Postgres.
    case statement
    /// `ledger {statement} batch`.
    case ledgerBatch
    case gateSettle
    case gateRebuild
    /// A run of a duty, by its own name.
    case duty
    /// A span of a library, by the library's own name for it.
    case library

    public var kind: SpanKind {
        switch self {
        case .request: .server
        case .redisCommand, .statement: .client
        default: .internal
        }
    }
}

/// The server of a client's span. The exporter knows its address.
public enum SpanPeer: UInt8, CaseIterable, Sendable {
    case none
    case postgres
    case redis
}

/// The pool that a long wait was for: `flashsale.pool`.
public enum WaitedPool: String, LabelValue {
    case database = "db"
    case redis

    public static let labelName = "pool"
    /// A shorter wait gets no span of its own.
    public static let shortWait = Duration.milliseconds(1)
}

/// Something that happened within a span.
public enum SpanEvent: UInt8, Sendable {
    case none
    case lockLost

    public var name: String {
        switch self {
        case .none: ""
        case .lockLost: "lock.lost"
        }
    }
}

/// Why a trace that was not sampled is still exported: `flashsale.sampling.reason`.
public enum KeepReason: String, LabelValue {
    case error
    case slow
    /// A lock was lost, or a guard against overselling had to step in.
    case invariant

    public static let labelName = "reason"
}
