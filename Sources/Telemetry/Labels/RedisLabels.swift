// The labels of the Redis family: commands, errors, locks, scripts.

/// The command that was sent.
public enum RedisCommandLabel: String, LabelValue {
    case get
    case set
    case exists
    case evalsha
    case script
    case ping
    case auth
    case select
    /// Opening a connection.
    case dial
    case other

    public static let labelName = "command"
    public var folded: RedisCommandLabel { .other }

    /// The commands that have a series of their own. Those of a handshake are `other`.
    static let used: [RedisCommandLabel] = [
        .get, .set, .evalsha, .script, .ping, .dial, .other,
    ]
}

/// The class of an error, by the first word of the error reply where the server sent one.
public enum RedisErrorClass: String, LabelValue {
    case connection
    case timeout
    case noscript
    case oom
    case loading
    case readonly
    case wrongtype
    case `protocol`
    case other

    public static let labelName = "class"
}

/// What a lock protects: the purchase of one code, or a duty.
public struct LockType: LabelValue, Hashable {
    private let duty: Duty?

    public static let purchase = LockType(duty: nil)

    public init(_ duty: Duty) {
        self.init(duty: duty)
    }

    public init?(rawValue: String) {
        guard let type = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = type
    }

    private init(duty: Duty?) {
        self.duty = duty
    }

    public static let labelName = "lock_type"
    public static let allCases = [purchase] + Duty.allCases.map { LockType($0) }
    public var index: Int { duty.map { $0.index + 1 } ?? 0 }
    public var rawValue: String { duty?.rawValue ?? "purchase" }
}

/// A Lua script of the gate or of the locks.
public enum ScriptLabel: String, LabelValue {
    case reserve
    case begin
    case settle
    case load
    case unlock
    case renew
    case fetch
    case proof

    public static let labelName = "script"
}

/// Why a lock was not acquired.
public enum LockFailureReason: String, LabelValue {
    case alreadyLocked = "already_locked"
    case redisError = "redis_error"
    case timeout

    public static let labelName = "reason"
}

/// How a lock was lost before it was released.
public enum LockLossReason: String, LabelValue {
    case expired
    case stolen

    public static let labelName = "reason"
}

/// Whether a connection is in use.
public enum ConnectionState: String, LabelValue {
    case active
    case idle

    public static let labelName = "state"
}
