// The labels of the webhook family.

/// What has happened in a sale, as receivers read it.
public enum LedgerEventType: String, LabelValue {
    case orderPlaced = "order.placed"
    case orderRefunded = "order.refunded"
    case saleChanged = "sale.changed"

    public static let labelName = "type"
}

/// How an attempt to tell an event has ended.
public enum DeliveryOutcome: String, LabelValue {
    case taken
    case refused
    case noAnswer = "no_answer"
    case gone

    public static let labelName = "outcome"
}

/// The labels of an attempt. All combinations occur.
public struct EventLabels: LabelSet, Hashable {
    public let type: LedgerEventType
    public let outcome: DeliveryOutcome

    @inlinable
    public init(_ type: LedgerEventType, _ outcome: DeliveryOutcome) {
        self.type = type
        self.outcome = outcome
    }

    public static let labelNames = [LedgerEventType.labelName, DeliveryOutcome.labelName]

    public static let all = LedgerEventType.allCases.flatMap { type in
        DeliveryOutcome.allCases.map { EventLabels(type, $0) }
    }

    @inlinable static var outcomeCount: Int { 4 }

    @inlinable public var index: Int { type.index &* Self.outcomeCount &+ outcome.index }

    public var labelValues: [String] { [type.rawValue, outcome.rawValue] }
}
