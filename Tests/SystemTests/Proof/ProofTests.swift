// One run that shows that every panel, rule, alert and family is alive. The short form runs with all tests; `make
// proof` runs the long one, with faults and pictures.

import Foundation
import Testing

extension SystemTests {
    @Suite("Boards and rules have data")
    struct ProofTests {
        @Test("Every panel, rule and family has data while buyers are at work", .enabled(if: !isLong && isPossible))
        func short() async throws {
            try await Self.prove(buyingSeconds: 20, faults: [])
        }

        @Test("Every panel, rule and family has data, and every alert fires and resolves", .enabled(if: isLong))
        func long() async throws {
            try await Self.prove(buyingSeconds: 40, faults: Self.chosen)
        }

        private static func prove(buyingSeconds: Double, faults: [ProofFault]) async throws {
            let report = try await ProofStage.with { stage in
                try await ProofRoom.hold(stage)
                let scene = try await ProofScene(stage)
                let visit = ProofVisit(
                    service: stage.service, ledger: stage.stores.deployment.ledger, prometheus: stage.prometheus,
                    sale: await scene.sale)
                try await visit.run()
                try await until("buyers have been at work", within: .seconds(buyingSeconds + 1)) {
                    await pause()
                    return Date().timeIntervalSince(stage.start) > buyingSeconds
                }
                var report = ProofReport()
                if !faults.isEmpty {
                    var trial = ProofTrial(scene: scene)
                    try await trial.judgeCalm(&report)
                    // This uses the whole machine for a moment, so it must not run in the calm phase.
                    try ProofPictures.drawSale(stage)
                    for fault in faults { try await trial.play(fault, &report) }
                    try await trial.judgeAlerts(&report)
                }
                try await judge(stage, hasFaults: !faults.isEmpty, &report)
                if !faults.isEmpty { try ProofPictures.drawFaults(stage) }
                await scene.end()
                return report
            }
            let matrix = try #require(report)
            if isLong || !matrix.failures.isEmpty { print(matrix.text) }
            let isWhole = isLong && faults.count == ProofFault.allCases.count
            if isWhole, matrix.failures.isEmpty { try ProofPictures.publish() }
            for line in matrix.failures { Issue.record("\(line.kind) \(line.name): \(line.remark)") }
        }

        private static func judge(_ stage: ProofStage, hasFaults: Bool, _ report: inout ProofReport) async throws {
            let exporters: Set<ProofStage.Job> = [.postgres, .redis, .node]
            let judge = ProofJudge(
                prometheus: stage.prometheus, start: stage.start, end: Date(), hasFaults: hasFaults,
                absent: exporters.subtracting(stage.exporters.keys))
            // The latest of the run, before those of the judging.
            let traces = CollectorSink.spans(of: try stage.sink.requests(last: requestsRead)).map { span in
                span.traceID.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
            }
            try await judge.judgePanels(&report)
            try await judge.judgeRules(&report)
            try await judge.judgeFamilies(&report)
            try await judge.judgeExemplars(&report, collected: Set(traces))
        }

        /// Prometheus keeps the latest exemplars, so the latest traces are enough.
        private static let requestsRead = 40
        private static let environment = ProcessInfo.processInfo.environment
        private static let isLong = environment["PROOF"] == "long"
        /// Prometheus is optional, as Debian has it.
        private static let isPossible = FileManager.default.isExecutableFile(atPath: "/usr/bin/prometheus")
        /// The faults whose names contain a word of `FAULTS`, or all.
        private static let chosen: [ProofFault] = {
            let words = (environment["FAULTS"] ?? "").split(separator: ",")
            return ProofFault.allCases.filter { fault in
                words.isEmpty || words.contains { fault.rawValue.contains($0) }
            }
        }()
    }
}
