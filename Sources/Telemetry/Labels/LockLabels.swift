// Pairs of a lock's type and its outcome. All combinations occur.

/// The labels of a lock that was not acquired.
public struct LockFailureLabels: LabelSet, Hashable {
    public let type: LockType
    public let reason: LockFailureReason

    @inlinable
    public init(_ type: LockType, _ reason: LockFailureReason) {
        self.type = type
        self.reason = reason
    }

    public static let labelNames = [LockType.labelName, LockFailureReason.labelName]

    public static let all = LockType.allCases.flatMap { type in
        LockFailureReason.allCases.map { LockFailureLabels(type, $0) }
    }

    @inlinable static var reasonCount: Int { 3 }

    @inlinable public var index: Int { type.index &* Self.reasonCount &+ reason.index }

    public var labelValues: [String] { [type.rawValue, reason.rawValue] }
}

/// The labels of a lock that was lost.
public struct LockLossLabels: LabelSet, Hashable {
    public let type: LockType
    public let reason: LockLossReason

    @inlinable
    public init(_ type: LockType, _ reason: LockLossReason) {
        self.type = type
        self.reason = reason
    }

    public static let labelNames = [LockType.labelName, LockLossReason.labelName]

    public static let all = LockType.allCases.flatMap { type in
        LockLossReason.allCases.map { LockLossLabels(type, $0) }
    }

    @inlinable static var reasonCount: Int { 2 }

    @inlinable public var index: Int { type.index &* Self.reasonCount &+ reason.index }

    public var labelValues: [String] { [type.rawValue, reason.rawValue] }
}
