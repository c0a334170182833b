// Which thresholds a run met.
//
// A latency or a share of no requests meets no bound: a run that bought nothing must not pass because no purchase was
// slow.

import Audit
import Reports

extension RunReport {
    struct ThresholdResult: Sendable, Codable {
        var threshold: String
        /// The threshold's figure, as a number and as text. Zero, and `nothing`, if it is of no requests.
        var value: Double
        var measured: String
        var isMet: Bool
    }

    /// Nil if the threshold is about an audit and there was none: then it is neither met nor missed.
    func result(of threshold: Threshold, _ facts: Facts) -> ThresholdResult? {
        let value: Double
        var measured: String?
        var isOfNothing = false
        switch threshold.figure {
        case .latency(let quantile, let endpoint):
            let latencies = facts.response(endpoint)
            value = latencies.quantile(quantile)
            measured = Words.duration(value)
            isOfNothing = latencies.count == 0
        case .outcome(let outcome):
            let count = Double(facts.count(outcome))
            value = threshold.isShare ? count / Double(max(1, requests)) : count
            if threshold.isShare { measured = Words.percent(value) }
            isOfNothing = threshold.isShare && requests == 0
        case .goodput: value = goodput
        case .rate: value = rate
        case .dropped: value = Double(dropped)
        case .falseSoldOut:
            guard let verdict else { return nil }
            value = Double(
                verdict.findings.filter { $0.check == PromiseAudit.falseSoldOut }.reduce(0) { $0 + $1.breaches })
        case .audit:
            guard let verdict else { return nil }
            let ending = RunEnding(verdict)
            value = ending == .passed ? 1 : 0
            measured = ending == .passed ? "pass" : ending == .incomplete ? "incomplete" : "fail"
        }
        if isOfNothing { measured = "nothing" }
        return ThresholdResult(
            threshold: "\(threshold)", value: value, measured: measured ?? Words.count(Int(value.rounded())),
            isMet: !isOfNothing && threshold.isMet(by: value))
    }
}
