// Checks that an expression can have data and means what it seems to: every label exists, every counter is read by its
// rate before a sum, every quantile has its buckets. PromQL shows most of these mistakes only as an empty panel.

internal import Telemetry

extension Expression {
    /// The labels that its series carry.
    public var labels: Set<String> {
        switch self {
        case .number: []
        case .selector(let selector): selector.labels
        case .call(.time, _): []
        case .call(.histogramQuantile, let arguments): (arguments.last?.labels ?? []).subtracting(["le"])
        case .call(_, let arguments): arguments.first?.labels ?? []
        case .aggregate(_, let by, _): Set(by)
        case .binary(let left, .or, let right): left.labels.intersection(right.labels)
        case .binary(let left, _, let right): left.isNumber ? right.labels : left.labels
        }
    }

    /// Every selector in it.
    public var selectors: [Selector] {
        switch self {
        case .number: []
        case .selector(let selector): [selector]
        case .call(_, let arguments): arguments.flatMap(\.selectors)
        case .aggregate(_, _, let inner): inner.selectors
        case .binary(let left, _, let right): left.selectors + right.selectors
        }
    }

    /// Its faults as sentences; empty if there are none.
    public var faults: [String] {
        switch self {
        case .number:
            return []
        case .selector(let selector):
            var faults = selector.faults
            if selector.isCounter, !selector.isRaw { faults.append("\(selector.name) is a counter without its rate") }
            if selector.window != nil { faults.append("\(selector.name) has a window without a function over it") }
            return faults
        case .call(let function, let arguments):
            return faults(of: function, arguments)
        case .aggregate(let aggregation, let by, let inner):
            let missing = Set(by).subtracting(inner.labels).sorted()
            return inner.faults + missing.map { "\(aggregation.rawValue) by \($0), which \(inner) does not have" }
        case .binary(let left, let sign, let right):
            return left.faults + right.faults + Self.faults(of: sign, left, right)
        }
    }

    /// Whether it is a quantile of seconds, which can show exemplars.
    public var isLatency: Bool {
        switch self {
        case .call(.histogramQuantile, let arguments):
            arguments.last?.selectors.contains { $0.source.unit == .seconds && $0.source.scope == .service } ?? false
        default: false
        }
    }

    private var isNumber: Bool {
        switch self {
        case .number, .call(.time, _): true
        default: false
        }
    }

    private func faults(of function: Function, _ arguments: [Expression]) -> [String] {
        switch function {
        case .rate, .increase:
            guard case .selector(let selector)? = arguments.first else { return ["\(self) is not of a selector"] }
            let ofCounter = selector.isCounter ? [] : ["\(selector.name) is no counter"]
            let ofWindow = selector.window == .rateInterval ? [] : ["\(self) does not span $__rate_interval"]
            return selector.faults + ofCounter + ofWindow
        case .changes, .predictLinear:
            guard case .selector(let selector)? = arguments.first else { return ["\(self) is not of a selector"] }
            let ofGauge = selector.isCounter ? ["\(selector.name) is no gauge"] : []
            return selector.faults + ofGauge + (selector.window == nil ? ["\(self) has no window"] : [])
        case .histogramQuantile:
            guard case .aggregate(.sum, _, let inner)? = arguments.last else { return ["\(self) has no sum"] }
            let ofBuckets = inner.selectors.allSatisfy { $0.suffix == "_bucket" } ? [] : ["\(self) has no buckets"]
            let ofLe = arguments.last?.labels.contains("le") == true ? [] : ["\(self) has lost its le"]
            return arguments.flatMap(\.faults) + ofBuckets + ofLe
        case .clampMax, .clampMin, .time:
            return arguments.flatMap(\.faults)
        }
    }

    private static func faults(of sign: Operator, _ left: Expression, _ right: Expression) -> [String] {
        if left.isNumber || right.isNumber || sign == .or || left.labels == right.labels { return [] }
        return ["\(left) and \(right) never have the same labels"]
    }
}

extension Expression.Selector {
    /// The name with its suffix.
    public var name: String { source.name + suffix }

    var isCounter: Bool { source.kind == .counter || !suffix.isEmpty }

    var labels: Set<String> {
        var labels = Set(source.labels.keys).union(source.scopeLabels)
        if suffix == "_bucket" { labels.insert("le") }
        if source.kind == .summary, suffix.isEmpty { labels.insert("quantile") }
        return labels
    }

    var faults: [String] {
        let suffixes: Set<String> =
            switch source.kind {
            case .counter, .gauge: [""]
            case .histogram: ["_bucket", "_sum", "_count"]
            case .summary: ["", "_sum", "_count"]
            }
        let ofSuffix = suffixes.contains(suffix) ? [] : ["there is no series \(name)"]
        return ofSuffix
            + matchers.flatMap { matcher -> [String] in
                guard labels.contains(matcher.label) else { return ["\(name) has no label \(matcher.label)"] }
                guard let known = source.labels[matcher.label], !known.isEmpty else { return [] }
                return matcher.values.filter { !known.contains($0) }
                    .map { "\(matcher.label) of \(name) is never \($0)" }
            }
    }
}
