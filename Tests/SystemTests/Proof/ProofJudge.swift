// Asks Prometheus for all data of boards and rules over a run, and judges them.

import Dashboards
import Foundation
import Telemetry

struct ProofJudge: Sendable {
    let prometheus: PrometheusReader
    let start: Date
    let end: Date
    /// Whether faults were part of the run: then data that only faults cause must exist too.
    let hasFaults: Bool
    /// The exporters that are not installed here.
    let absent: Set<ProofStage.Job>

    /// The most points of a query.
    private static let pointsMax = 150

    private var seconds: Int { Int(end.timeIntervalSince(start)) }
    private var step: Int { max(ProofStage.intervalSeconds, seconds / Self.pointsMax) }

    // MARK: Panels

    func judgePanels(_ report: inout ProofReport) async throws {
        for board in Dashboard.all() {
            for panel in board.panels {
                var findings: [String] = []
                var alive = 0
                for target in panel.targets {
                    let series = try await prometheus.range(text(of: target), from: start, to: end, step: step)
                    if let finding = finding(target, series) {
                        findings.append("\(target.legend): \(finding)")
                    } else if series.contains(where: { $0.values.contains(where: \.isFinite) }) {
                        alive += 1
                    }
                }
                let name = "\(board.uid): \(panel.title)"
                let reasons = panel.targets.compactMap(exemption)
                if !findings.isEmpty {
                    report.add("panel", name, .dead, "\(findings)")
                } else if alive > 0 {
                    report.add("panel", name, .alive, "\(alive) of \(panel.targets.count) queries")
                } else if reasons.count == panel.targets.count {
                    report.add("panel", name, .exempt, reasons.first ?? "")
                } else {
                    report.add("panel", name, .dead, "no query has data")
                }
            }
        }
    }

    /// A target's expression with the variables of the boards replaced as Grafana would.
    private func text(of target: Target) -> String {
        let window = max(4 * ProofStage.intervalSeconds, step + ProofStage.intervalSeconds)
        return target.expression.description
            .replacing("$__rate_interval", with: "\(window)s")
            .replacing("$job", with: "flashsale")
            .replacing(#/\$(instance|handler)/#, with: ".+")
    }

    /// What a query lacks; nil if all is well.
    private func finding(_ target: Target, _ series: [PrometheusReader.Series]) -> String? {
        for label in target.legend.matches(of: #/{{(\w+)}}/#).map({ String($0.1) }) {
            if series.contains(where: { $0.metric[label] == nil }) { return "no label \(label)" }
        }
        guard series.contains(where: { $0.values.contains(where: \.isFinite) }) else {
            return mayBeEmpty(target) ? nil : series.isEmpty ? "no series" : "not a number"
        }
        let moves = series.contains { Set($0.values.filter(\.isFinite)).count > 1 }
        return target.expectation == .moves && !moves ? "does not move" : nil
    }

    private func mayBeEmpty(_ target: Target) -> Bool {
        guard case .mayBeEmpty = target.expectation else { return false }
        // After a whole run everything must have shown.
        return !hasFaults || exemption(target) != nil
    }

    /// Why a query can have no data here; nil if it must have some.
    private func exemption(_ target: Target) -> String? {
        let sources = target.expression.selectors.map(\.source)
        if let job = absent.first(where: { job in sources.contains { $0.scope == .job("\(job.rawValue).*") } }) {
            return "no exporter of \(job.rawValue) is installed"
        }
        let reasons = sources.compactMap { ProofFamily.exempt[$0.name] }
        if reasons.count == sources.count { return reasons.first }
        guard !hasFaults else { return nil }
        if case .binary(_, .above, _) = target.expression { return "needs a fault" }
        return sources.contains { $0.name == "ALERTS" || ProofFamily.needsFault.contains($0.name) }
            ? "needs a fault" : nil
    }

    // MARK: Rules and families

    func judgeRules(_ report: inout ProofReport) async throws {
        for rule in try await prometheus.rules() where !rule.name.hasPrefix("proof:") {
            guard rule.health == "ok" else {
                report.add("rule", rule.name, .dead, rule.lastError ?? "was not evaluated")
                continue
            }
            guard rule.type == "recording" else { continue }
            let series = try await prometheus.range(rule.name, from: start, to: end, step: step)
            let isAlive = series.contains { $0.values.contains(where: \.isFinite) }
            report.add("rule", rule.name, isAlive ? .alive : .dead, isAlive ? "" : "recorded nothing")
        }
    }

    func judgeFamilies(_ report: inout ProofReport) async throws {
        let shown = Set(
            Dashboard.all().flatMap(\.panels).flatMap(\.targets).flatMap(\.expression.selectors).map(\.source.name))
        let rules = try await prometheus.rules().map(\.query).joined(separator: "\n")
        for definition in Instruments().families.map(\.definition) {
            let name = definition.name
            guard shown.contains(name) || rules.contains(name) else {
                report.add("family", name, .dead, "no panel and no rule uses it")
                continue
            }
            let question = ProofFamily.question(definition, seconds: seconds)
            let answer = try await prometheus.now(question, at: end).first?.values.first ?? 0
            if answer > 0 {
                report.add("family", name, .alive, ProofFamily.constant.contains(name) ? "" : "moved by \(answer)")
            } else if let reason = ProofFamily.exempt[name] {
                report.add("family", name, .exempt, reason)
            } else if !hasFaults && ProofFamily.needsFault.contains(name) {
                report.add("family", name, .exempt, "needs a fault")
            } else {
                report.add("family", name, .dead, "never moved")
            }
        }
    }

    // MARK: Exemplars

    /// - Parameter collected: the traces that a collector was sent.
    func judgeExemplars(_ report: inout ProofReport, collected: Set<String>) async throws {
        for board in Dashboard.all() {
            for panel in board.panels {
                let targets = panel.targets.filter(\.expression.isLatency)
                guard !targets.isEmpty else { continue }
                var traces: Set<String> = []
                for target in targets {
                    traces.formUnion(try await prometheus.traces(text(of: target), from: start, to: end))
                }
                let known = traces.intersection(collected).count
                let remark = "\(known) of \(traces.count) traces were collected"
                let hasExamples = targets.contains { $0.expression.hasExamples }
                report.add(
                    "exemplars", "\(board.uid): \(panel.title)",
                    known > 0 ? .alive : hasExamples ? .dead : .exempt, hasExamples ? remark : "not of a request")
            }
        }
    }
}

extension Dashboards.Expression {
    /// Whether it belongs to a request: only requests have traces.
    fileprivate var hasExamples: Bool {
        let prefixes = ["http_request_duration", "checkout_duration", "purchase_duration", "db_query", "redis_command"]
        return selectors.contains { selector in prefixes.contains { selector.source.name.hasPrefix($0) } }
    }
}
