// A span as it is recorded while its request runs: numbers, and texts that exist already.

/// One span of a ``Trace``. Its id follows from its place there.
public struct SpanRecord: Sendable {
    /// The most attributes of a span; more are left out.
    public static let attributesMax = 8

    public let name: SpanName
    /// The place of the parent in the same trace; negative if the parent is elsewhere.
    public let parentPlace: Int8
    public var isError = false
    public var peer = SpanPeer.none
    public private(set) var event = SpanEvent.none
    public private(set) var attributeCount: UInt8 = 0
    private var keys = InlineArray<8, AttributeKey>(repeating: .saleID)
    private var values = InlineArray<8, Int64>(repeating: 0)
    public let start: MonotonicTime
    /// Zero while the span is open.
    public internal(set) var end: MonotonicTime
    public private(set) var eventAt = MonotonicTime(nanoseconds: 0)
    /// The part of the name that varies; nil for most.
    public var subject: SpanSubject?

    init(_ name: SpanName, under parentPlace: Int8, from start: MonotonicTime, to end: MonotonicTime) {
        self.name = name
        self.parentPlace = parentPlace
        self.start = start
        self.end = end
    }

    /// Adds an attribute. Each key is set once.
    public mutating func set(_ key: AttributeKey, _ value: Int64) {
        guard attributeCount < Self.attributesMax else { return }
        keys[Int(attributeCount)] = key
        values[Int(attributeCount)] = value
        attributeCount += 1
    }

    public mutating func set(_ key: AttributeKey, _ label: some LabelValue) {
        set(key, Int64(label.index))
    }

    mutating func add(_ event: SpanEvent, at time: MonotonicTime) {
        self.event = event
        eventAt = time
    }

    /// Gives the attributes in the order in which they were set.
    public func forEachAttribute(_ body: (AttributeKey, Int64) -> Void) {
        for place in 0..<Int(attributeCount) { body(keys[place], values[place]) }
    }

    /// The number of an attribute, nil if it was not set.
    public func number(_ key: AttributeKey) -> Int64? {
        (0..<Int(attributeCount)).first { keys[$0] == key }.map { values[$0] }
    }

    /// The text of an attribute, nil if it was not set or is none.
    public func label(_ key: AttributeKey) -> String? {
        guard let number = number(key), case .text(let text) = key.value(of: number) else { return nil }
        return text
    }
}
