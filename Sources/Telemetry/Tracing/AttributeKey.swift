// The attributes of spans: a closed list of keys. Values are integers until they are exported. Names follow
// OpenTelemetry's semantic conventions, 1.44, where these have one.

/// An attribute of a span.
public enum AttributeKey: UInt8, CaseIterable, Sendable {
    case requestMethod
    case statusCode
    /// A `Reason` by its index.
    case failureReason
    case saleID
    case itemsRequested
    case itemsSold
    /// `success`, or a `Reason` by its index.
    case outcome
    case duty
    case lockType
    case lockIsAcquired
    /// In nanoseconds; exported in milliseconds.
    case lockWait
    case redisCommand
    case redisScript
    case redisError
    case batchSize
    case statementType
    case statementTable
    case statementError
    /// The server's name of the error, up to eight characters as `PackedText`.
    case serverStatus
    case samplingReason
    case pool

    public var name: String {
        switch self {
        case .requestMethod: "http.request.method"
        case .statusCode: "http.response.status_code"
        case .failureReason, .redisError, .statementError: "error.type"
        case .saleID: "flashsale.sale_id"
        case .itemsRequested: "flashsale.items.requested"
        case .itemsSold: "flashsale.items.sold"
        case .outcome: "flashsale.outcome"
        case .duty: "flashsale.duty"
        case .lockType: "flashsale.lock.type"
        case .lockIsAcquired: "flashsale.lock.acquired"
        case .lockWait: "flashsale.lock.wait_ms"
        case .redisCommand, .statementType: "db.operation.name"
        case .redisScript: "db.stored_procedure.name"
        case .batchSize: "db.operation.batch.size"
        case .statementTable: "db.collection.name"
        case .serverStatus: "db.response.status_code"
        case .samplingReason: "flashsale.sampling.reason"
        case .pool: "flashsale.pool"
        }
    }

    /// How the exporter reads the number.
    public func value(of number: Int64) -> AttributeValue {
        switch self {
        case .statusCode, .saleID, .itemsRequested, .itemsSold, .batchSize: .integer(number)
        case .lockIsAcquired: .flag(number != 0)
        case .lockWait: .number(Double(number) / 1e6)
        case .requestMethod: Self.text(Method.self, number)
        case .failureReason: Self.text(Reason.self, number)
        case .outcome: number == Self.success ? .text("success") : Self.text(Reason.self, number)
        case .duty: Self.text(Duty.self, number)
        case .lockType: Self.text(LockType.self, number)
        case .redisCommand: .text(Self.label(RedisCommandLabel.self, number).uppercased())
        case .redisScript: Self.text(ScriptLabel.self, number)
        case .redisError: Self.text(RedisErrorClass.self, number)
        case .statementType: Self.text(QueryType.self, number)
        case .statementTable: Self.text(QueryTable.self, number)
        case .statementError: Self.text(DatabaseErrorClass.self, number)
        case .serverStatus: .text(PackedText(packed: number).description)
        case .samplingReason: Self.text(KeepReason.self, number)
        case .pool: Self.text(WaitedPool.self, number)
        }
    }

    /// The number of ``outcome`` that is no refusal.
    public static let success: Int64 = -1

    private static func text<Label: LabelValue>(_ type: Label.Type, _ number: Int64) -> AttributeValue {
        .text(label(type, number))
    }

    private static func label<Label: LabelValue>(_ type: Label.Type, _ number: Int64) -> String {
        let all = Label.all
        return all.indices.contains(Int(number)) ? all[Int(number)].rawValue : ""
    }
}

/// The value of an attribute as it is exported.
public enum AttributeValue: Sendable, Hashable {
    case integer(Int64)
    case number(Double)
    case flag(Bool)
    case text(String)
}

/// Up to eight ASCII characters in a number: an SQLSTATE, or the first word of an error of Redis.
public struct PackedText: Hashable, Sendable, CustomStringConvertible {
    public let packed: Int64

    init(packed: Int64) {
        self.packed = packed
    }

    /// Cuts the text after eight characters.
    public init(_ text: String) {
        var number: UInt64 = 0
        for byte in text.utf8.prefix(8) { number = number << 8 | UInt64(byte & 0x7F) }
        packed = Int64(bitPattern: number)
    }

    public var description: String {
        let bits = UInt64(bitPattern: packed)
        let bytes = stride(from: UInt64(56), through: 0, by: -8).map { UInt8(truncatingIfNeeded: bits >> $0) }
        return String(decoding: bytes.drop { $0 == 0 }, as: UTF8.self)
    }
}
