// Expressions as text, and the mistakes that the checks must find in them.

import Telemetry
import Testing

@testable import Dashboards

@Suite("Expressions")
struct ExpressionTests {
    static let instruments = Instruments()
    static let http = instruments.http
    static let redis = instruments.redis
    static let sale = instruments.sale

    @Test("A quantile has the usual form")
    func quantile() {
        let expression = Expression.quantile(0.95, Self.http.requestDurationSeconds, by: Handler.labelName)
        #expect(
            expression.description
                == "histogram_quantile(0.95, sum by (le, handler) (rate(http_request_duration_seconds_bucket"
                + "{job=~\"$job\",instance=~\"$instance\"}[$__rate_interval])))")
        #expect(expression.labels == ["handler"])
        #expect(expression.isLatency)
        #expect(expression.faults.isEmpty)
    }

    @Test("Operators keep their operands together")
    func operators() {
        let one = Expression.number(1)
        #expect((one - one / (one - .number(0.5))).description == "1 - (1 / (1 - 0.5))")
    }

    @Test("A matcher is a case of the label's enum")
    func matchers() {
        let expression = Expression.rate(Self.redis.lockFailureTotal, .is(LockFailureReason.alreadyLocked))
        #expect(expression.description.contains("{job=~\"$job\",instance=~\"$instance\",reason=\"already_locked\"}"))
        #expect(expression.faults.isEmpty)
    }

    /// An expression with a mistake, and words of the complaint about it.
    struct Mistake: Sendable, CustomTestStringConvertible {
        let expression: Expression
        let complaint: String
        var testDescription: String { complaint }
    }

    @Test("The checks find a mistake", arguments: mistakes)
    func mistake(mistake: Mistake) {
        let faults = mistake.expression.faults
        #expect(faults.contains { $0.contains(mistake.complaint) }, "\(faults)")
    }

    static let mistakes = [
        Mistake(expression: .value(sale.saleItemsSoldTotal).sum(), complaint: "a counter without its rate"),
        Mistake(expression: .rate(sale.saleItemsSold), complaint: "is no counter"),
        Mistake(expression: .changes(sale.saleItemsSoldTotal, minutes: 1), complaint: "is no gauge"),
        Mistake(expression: .rate(http.requestDurationSeconds), complaint: "there is no series"),
        Mistake(expression: .observations(sale.saleItemsSoldTotal), complaint: "there is no series"),
        Mistake(expression: .rate(http.requestsTotal).sum(by: "path"), complaint: "sum by path"),
        Mistake(expression: .rate(http.requestsTotal, .is("path", "/")), complaint: "has no label path"),
        Mistake(expression: .rate(http.requestsTotal, .is("handler", "chekout")), complaint: "is never chekout"),
        Mistake(
            expression: .call(.histogramQuantile, [.number(0.5), .observations(http.requestDurationSeconds).sum()]),
            complaint: "has no buckets"),
        Mistake(
            expression: .call(
                .histogramQuantile, [.number(0.5), .rate(http.requestDurationSeconds, bucket: "0.25").sum()]),
            complaint: "has lost its le"),
        Mistake(
            expression: .rate(http.requestsTotal).sum(by: "handler") / .rate(http.requestsTotal).sum(),
            complaint: "never have the same labels"),
    ]

    @Test("The checks find a legend that names a missing label")
    func legend() {
        let target = Target(.rate(Self.http.requestsTotal).sum(by: "handler"), "{{handler}} {{method}}")
        #expect(target.faults.count == 1)
        #expect(target.faults.first?.contains("names method") == true)
    }

    @Test("A query of a counter expects to move, and a query of a gauge to stand")
    func expectations() {
        #expect(Target(.rate(Self.http.requestsTotal).sum(), "").expectation == .moves)
        #expect(Target(.value(Self.sale.saleItemsSold).max(), "").expectation == .stands)
    }
}
