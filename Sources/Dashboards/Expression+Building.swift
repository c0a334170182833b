// Builds the expressions of the boards.

extension Expression {
    /// The raw values, for gauges.
    public static func value(_ family: any Readable, _ matchers: Matcher...) -> Expression {
        .selector(Selector(source: family.source, matchers: matchers))
    }

    /// A counter's bare count, for sums that must come out even. Anything else wants its rate.
    public static func raw(_ counter: any Readable, _ matchers: Matcher...) -> Expression {
        .selector(Selector(source: counter.source, matchers: matchers, isRaw: true))
    }

    /// How much a counter grows a second.
    public static func rate(_ counter: any Readable, _ matchers: Matcher...) -> Expression {
        .call(.rate, [.selector(Selector(source: counter.source, matchers: matchers, window: .rateInterval))])
    }

    /// How often a histogram or summary is observed a second.
    public static func observations(_ family: any Readable, _ matchers: Matcher...) -> Expression {
        rate(family, suffix: "_count", matchers)
    }

    /// The sum of a histogram's or summary's observations a second.
    public static func observedSum(_ family: any Readable, _ matchers: Matcher...) -> Expression {
        rate(family, suffix: "_sum", matchers)
    }

    /// The mean of a histogram's or summary's observations.
    public static func mean(_ family: any Readable, by labels: String..., where matchers: Matcher...) -> Expression {
        rate(family, suffix: "_sum", matchers).sum(labels) / rate(family, suffix: "_count", matchers).sum(labels)
    }

    /// The quantile of a histogram over all instances.
    public static func quantile(
        _ quantile: Double, _ histogram: any Readable, by labels: String..., where matchers: Matcher...
    ) -> Expression {
        let buckets = rate(histogram, suffix: "_bucket", matchers)
        return .call(.histogramQuantile, [.number(quantile), buckets.sum(["le"] + labels)])
    }

    /// The observations in each bucket, for a heatmap.
    public static func buckets(_ histogram: any Readable, _ matchers: Matcher...) -> Expression {
        let selector = Selector(
            source: histogram.source, suffix: "_bucket", matchers: matchers, window: .rateInterval)
        return Expression.call(.increase, [.selector(selector)]).sum(["le"])
    }

    /// A histogram's observations a second up to a bucket's bound. The bound must not be a whole number: Prometheus 2
    /// and 3 write those differently.
    public static func rate(_ histogram: any Readable, bucket bound: String, _ matchers: Matcher...) -> Expression {
        rate(histogram, suffix: "_bucket", matchers + [.is("le", bound)])
    }

    /// How often a value changed.
    public static func changes(_ family: any Readable, minutes: Int) -> Expression {
        .call(.changes, [.selector(Selector(source: family.source, window: .minutes(minutes)))])
    }

    /// The value that a gauge will have if its trend goes on.
    public static func forecast(_ family: any Readable, seconds: Double) -> Expression {
        .call(
            .predictLinear,
            [.selector(Selector(source: family.source, window: .rateInterval)), .number(seconds)])
    }

    /// Now, in seconds since 1970.
    public static let now = Expression.call(.time, [])

    public func sum(by labels: String...) -> Expression { sum(labels) }
    public func max(by labels: String...) -> Expression { .aggregate(.max, by: labels, self) }
    public func min(by labels: String...) -> Expression { .aggregate(.min, by: labels, self) }
    public func count(by labels: String...) -> Expression { .aggregate(.count, by: labels, self) }

    public func atLeast(_ number: Double) -> Expression { .call(.clampMin, [self, .number(number)]) }
    public func atMost(_ number: Double) -> Expression { .call(.clampMax, [self, .number(number)]) }
    public func or(_ other: Expression) -> Expression { .binary(self, .or, other) }
    public func compared(_ comparison: Operator, _ number: Double) -> Expression {
        .binary(self, comparison, .number(number))
    }

    public static func - (left: Expression, right: Expression) -> Expression { .binary(left, .minus, right) }
    public static func / (left: Expression, right: Expression) -> Expression { .binary(left, .over, right) }

    private static func rate(_ family: any Readable, suffix: String, _ matchers: [Matcher]) -> Expression {
        let selector = Selector(
            source: family.source, suffix: suffix, matchers: matchers, window: .rateInterval)
        return .call(.rate, [.selector(selector)])
    }

    private func sum(_ labels: [String]) -> Expression { .aggregate(.sum, by: labels, self) }
}
